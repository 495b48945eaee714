/** The real request pipeline, dialects and core behind one buyer app. Signatures have their own tests. */
import { DIALECTS } from '../../../src/beckn/dialects/all.js';
import { RequestPipeline, type RequestPipelineDeps } from '../../../src/beckn/inbound/request-pipeline.js';
import type { PeerSettings } from '../../../src/config/config.js';
import type { BridgeHarness } from '../../fakes/bridge-harness.js';

export const BAP = 'bap.example';
export const SELF = { bppId: 'bpp', bppUri: 'https://bpp.example' };

export function openPipeline(harness: BridgeHarness, peer: PeerSettings): RequestPipeline {
  return new RequestPipeline({
    dialects: DIALECTS,
    verifier: {
      authenticate: ({ rawBody }: { rawBody: Uint8Array }) => ({
        ok: true,
        subscriberId: BAP,
        keyId: 'k1',
        digest: Buffer.from(rawBody).toString('base64').slice(-80),
        record: { subscriberId: BAP, type: 'BAP', keyId: 'k1', signingPublicKey: '', status: 'SUBSCRIBED' },
      }),
      authenticateGateway: () => undefined,
    } as unknown as RequestPipelineDeps['verifier'],
    callbackTargets: { problemBeforeAck: () => Promise.resolve(undefined) },
    buyerRequests: harness.bridge.buyerRequests,
    peerSettings: () => peer,
    network: 'main',
    subscriber: SELF,
    clock: harness.clock,
    events: harness.events,
  });
}
