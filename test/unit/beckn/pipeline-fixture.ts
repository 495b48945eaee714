/** A pipeline with a real verifier, and a registry that knows one buyer app and one gateway. */
import { RequestPipeline, type RequestPipelineDeps } from '../../../src/beckn/inbound/request-pipeline.js';
import type { RequestPipelineOptions } from '../../../src/beckn/inbound/pipeline-options.js';
import type { InboundRequest } from '../../../src/beckn/inbound/inbound-request.js';
import { createCallbackTargetChecker, type AllowedTarget } from '../../../src/beckn/outbound/callback-target.js';
import { ueiCharging } from '../../../src/beckn/dialects/uei-charging/index.js';
import { KeyDirectory } from '../../../src/beckn/registry/key-directory.js';
import { generateKeyPair, encodeKeyPair, type KeyPair } from '../../../src/beckn/signing/key-material.js';
import { RegistryFault } from '../../../src/beckn/registry/registry.js';
import { authorizationHeader, loadSodium } from '../../../src/beckn/signing/signature.js';
import { createSigner, type Signer } from '../../../src/beckn/signing/signer.js';
import { Verifier } from '../../../src/beckn/registry/verify.js';
import type { VerifiedRequest, Acknowledgement } from '../../../src/ports/buyer-requests.js';
import type { Dns } from '../../../src/ports/http.js';
import type { PeerSettings } from '../../../src/config/config.js';
import type { Json } from '../../../src/domain/model/object.js';
import { requestTable } from '../../fakes/buyer-requests.js';
import { createManualClock, type ManualClock } from '../../fakes/manual-clock.js';
import { AT, contextOf, PEER } from './samples.js';

export interface Setup {
  readonly door: RequestPipeline;
  readonly clock: ManualClock;
  /** The BPP's signer. */
  readonly signer: Signer;
  readonly received: VerifiedRequest[];
  readonly events: { readonly name: string; readonly detail: object }[];
  /** Signs a body as the buyer app or as another participant. */
  sign(body: string | Uint8Array, as?: 'bap.example' | 'gateway.example' | 'stranger.example'): string;
  post(action: string, message: Json, context?: { readonly [key: string]: Json }): Promise<Reply>;
  raw(arrival: InboundRequest): Promise<Reply>;
}

interface Reply {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: {
    readonly message: { readonly ack: { readonly status: string } };
    readonly error?: { readonly [key: string]: string };
  };
}

export interface SetupOptions {
  readonly options?: Partial<RequestPipelineOptions>;
  readonly peer?: Partial<PeerSettings>;
  readonly gateway?: 'accepted' | 'required';
  readonly registryDown?: boolean;
  /** The buyer app's address in the registry; `null` if its record has none. */
  readonly bapUrl?: string | null;
  readonly allow?: readonly AllowedTarget[];
  /** Resolves every name to a public address by default. */
  readonly dns?: Dns;
  readonly network?: string;
  readonly dialects?: RequestPipelineDeps['dialects'];
  readonly replies?: RequestPipelineDeps['callbackReceivers'];
  readonly receive?: (request: VerifiedRequest) => Promise<Acknowledgement>;
}

export async function setUp(setup: SetupOptions = {}): Promise<Setup> {
  await loadSodium();
  const clock = createManualClock(AT);
  const pairs: Record<string, KeyPair> = {
    'bap.example': generateKeyPair(),
    'gateway.example': generateKeyPair(),
    'stranger.example': generateKeyPair(),
  };
  const record = (subscriberId: string, type: string) => ({
    subscriberId,
    type,
    keyId: 'k1',
    signingPublicKey: encodeKeyPair(pairs[subscriberId]!).publicKey,
    status: 'SUBSCRIBED',
  });
  const { bapUrl = 'https://bap.example/beckn' } = setup;
  const records = [
    { ...record('bap.example', 'BAP'), ...(bapUrl !== null && { url: bapUrl }) },
    { ...record('gateway.example', 'BG'), url: 'https://gateway.example/bg' },
  ];
  const kept = new Map<string, Json>();
  const directory = new KeyDirectory({
    network: 'main',
    clock,
    source: {
      lookup: ({ subscriberId }) =>
        setup.registryDown
          ? Promise.reject(new RegistryFault('away'))
          : Promise.resolve(records.filter((one) => one.subscriberId === subscriberId)),
    },
    values: {
      value: (name) => Promise.resolve(kept.get(name)),
      putValue: (name, value) => Promise.resolve(void kept.set(name, value)),
      values: (prefix) =>
        Promise.resolve(
          [...kept].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => ({ name, value })),
        ),
    },
  });
  const received: VerifiedRequest[] = [];
  const events: { name: string; detail: object }[] = [];
  const signer = createSigner({
    subscriberId: 'cpo.example/bpp',
    keys: [{ keyId: 'k1', secretKey: generateKeyPair().secretKey }],
    clock,
  });
  const door = new RequestPipeline({
    dialects: setup.dialects ?? [ueiCharging],
    verifier: new Verifier({
      directory,
      clock,
      realm: 'cpo.example/bpp',
      ...(setup.gateway && { gateway: setup.gateway }),
    }),
    buyerRequests: requestTable((request) => {
      received.push(request);
      return setup.receive?.(request) ?? Promise.resolve({ ack: true });
    }),
    callbackTargets: createCallbackTargetChecker({
      directory,
      dns: setup.dns ?? { resolve: () => Promise.resolve(['8.8.8.8']) },
      clock,
      allow: setup.allow ?? [],
    }),
    peerSettings: () => ({ ...PEER, ...setup.peer }),
    signer,
    network: setup.network ?? 'main',
    subscriber: { bppId: 'cpo.example/bpp', bppUri: 'https://cpo.example/beckn' },
    clock,
    events: { emit: (name, detail = {}) => void events.push({ name, detail }) },
    ...(setup.options && { options: setup.options }),
    ...(setup.replies && { callbackReceivers: setup.replies }),
  });

  const sign: Setup['sign'] = (body, as = 'bap.example') => {
    const created = Math.floor(clock.now() / 1000) - 5;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    return authorizationHeader({
      subscriberId: as,
      keyId: 'k1',
      secretKey: pairs[as]!.secretKey,
      body: bytes,
      created,
      expires: created + 300,
    });
  };
  const raw: Setup['raw'] = async (arrival) => {
    const answer = await door.process(arrival);
    if (Number(answer.headers['Content-Length']) !== Buffer.byteLength(answer.body))
      throw new Error('wrong Content-Length');
    return { ...answer, body: JSON.parse(answer.body) as Reply['body'] };
  };
  return {
    door,
    clock,
    signer,
    received,
    events,
    sign,
    raw,
    post(action, message, context = {}) {
      const body = JSON.stringify({ context: contextOf(action, context), message });
      return raw({ action, rawBody: Buffer.from(body), headers: { authorization: sign(body) } });
    },
  };
}
