/** Whether a callback may be believed: its signature, its signer, its context. */
import { digest, parseSignatureHeader, verifySignature } from '../../beckn/signing/signature.js';
import { isJson, textOf, type Json } from './buyer-options.js';

export interface CallbackCheckOptions {
  readonly registryUrl: string;
  readonly subscriberId: string;
  readonly bppId: string;
  /** Epoch ms. */
  now(): number;
}

export type CallbackCheckResult =
  { readonly body: Json; readonly context: Json } | { readonly status: 400 | 401; readonly reason: string };

const SKEW_S = 30;

/** Public keys are asked for once and then remembered; a key that does not fit is asked for again. */
export function createCallbackVerifier(options: CallbackCheckOptions) {
  const keys = new Map<string, Uint8Array>();

  async function publicKey(subscriberId: string, keyId: string, fresh: boolean): Promise<Uint8Array | undefined> {
    const name = `${subscriberId}|${keyId}`;
    const known = keys.get(name);
    if (known && !fresh) return known;
    const response = await fetch(`${options.registryUrl}/subscribers/lookup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ subscriber_id: subscriberId, unique_key_id: keyId, key_id: keyId, type: 'BPP' }),
      signal: AbortSignal.timeout(5_000),
    });
    const records: unknown = await response.json();
    const fits = (one: unknown): one is Json =>
      isJson(one) &&
      one.subscriber_id === subscriberId &&
      (one.unique_key_id ?? one.key_id ?? one.pub_key_id) === keyId;
    const record = Array.isArray(records) ? records.find(fits) : undefined;
    if (!record || record.status !== 'SUBSCRIBED') return undefined;
    const key = Buffer.from(textOf(record.signing_public_key), 'base64');
    keys.set(name, key);
    return key;
  }

  /** @returns The sentence of what is wrong, or nothing. */
  async function signatureProblem(header: string | undefined, raw: Uint8Array): Promise<string | undefined> {
    if (header === undefined) return 'there is no Authorization header';
    const parsed = parseSignatureHeader(header);
    if ('problem' in parsed) return parsed.problem;
    if (parsed.subscriberId !== options.bppId) return `${parsed.subscriberId} is not the provider we talk to`;
    const nowS = options.now() / 1_000;
    if (parsed.created > nowS + SKEW_S) return 'the signature was created in the future';
    if (parsed.expires < nowS) return 'the signature has expired';
    const bodyDigest = digest(raw);
    for (const fresh of [false, true]) {
      const key = await publicKey(parsed.subscriberId, parsed.keyId, fresh);
      if (key && verifySignature(parsed, bodyDigest, key)) return undefined;
    }
    return 'the signature does not fit the bytes and the registered key';
  }

  function contextProblem(context: Json, action: string): string | undefined {
    if (context.action !== action) return 'context.action is not the action of the URL';
    if (context.bap_id !== options.subscriberId) return 'context.bap_id is not ours';
    if (context.bpp_id !== options.bppId) return 'context.bpp_id is not the signer';
    if (!textOf(context.transaction_id) || !textOf(context.message_id)) return 'context names no message';
    return undefined;
  }

  return async function check(
    action: string,
    header: string | undefined,
    raw: Uint8Array,
  ): Promise<CallbackCheckResult> {
    const wrong = await signatureProblem(header, raw).catch(
      (error: unknown) => `the registry failed: ${String(error)}`,
    );
    if (wrong !== undefined) return { status: 401, reason: wrong };
    let body: unknown;
    try {
      body = JSON.parse(Buffer.from(raw).toString('utf8'));
    } catch {
      return { status: 400, reason: 'the body is no JSON' };
    }
    if (!isJson(body) || !isJson(body.context)) return { status: 400, reason: 'there is no context' };
    const odd = contextProblem(body.context, action);
    return odd === undefined ? { body, context: body.context } : { status: 400, reason: odd };
  };
}
