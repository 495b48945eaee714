/** Verifies the signature, the signer and the context of a callback. */
import { digest, parseSignatureHeader, verifySignature } from '../../beckn/signing/signature.js';
import { asList, isJson, parseJson, textOf, type Json } from '../runtime/json.js';
import type { ContextNames } from './envelope.js';

export interface CallbackVerifierOptions {
  readonly registryUrl: string;
  readonly subscriberId: string;
  readonly bppId: string;
  readonly names: ContextNames;
  /** Epoch ms. */
  now(): number;
}

/** The parsed callback, or the HTTP status and reason of its refusal. */
export type VerificationResult =
  | { readonly body: Json; readonly context: Json }
  | { readonly status: 400 | 401; readonly reason: string };

/** How far in the future `created` may lie, because clocks differ. */
const CLOCK_TOLERANCE_S = 30;
const LOOKUP_TIMEOUT_MS = 5_000;

export class CallbackVerifier {
  readonly #options: CallbackVerifierOptions;
  /** Cached public keys. A key that fails to verify a signature is looked up in the registry once more. */
  readonly #keys = new Map<string, Uint8Array>();

  constructor(options: CallbackVerifierOptions) {
    this.#options = options;
  }

  /**
   * Verifies a callback.
   * @param action The action in the URL.
   * @param header The Authorization header.
   * @errors Never rejects. If the registry fails, the callback is refused.
   */
  async verify(action: string, header: string | undefined, raw: Buffer): Promise<VerificationResult> {
    const signatureProblem = await this.#findSignatureProblem(header, raw).catch(
      (error: unknown) => `the registry failed: ${String(error)}`,
    );
    if (signatureProblem !== undefined) return { status: 401, reason: signatureProblem };
    const body = parseJson(raw.toString('utf8'));
    if (body === undefined) return { status: 400, reason: 'the body is not JSON' };
    if (!isJson(body) || !isJson(body.context)) return { status: 400, reason: 'the body has no context' };
    const contextProblem = this.#findContextProblem(body.context, action);
    return contextProblem === undefined ? { body, context: body.context } : { status: 400, reason: contextProblem };
  }

  async #findSignatureProblem(header: string | undefined, raw: Uint8Array): Promise<string | undefined> {
    if (header === undefined) return 'the Authorization header is missing';
    const signature = parseSignatureHeader(header);
    if ('problem' in signature) return signature.problem;
    const { bppId } = this.#options;
    if (signature.subscriberId !== bppId) return `the signer is ${signature.subscriberId}, not the provider ${bppId}`;
    const nowS = this.#options.now() / 1_000;
    if (signature.created > nowS + CLOCK_TOLERANCE_S) return 'the signature was created in the future';
    if (signature.expires < nowS) return 'the signature has expired';
    const bodyDigest = digest(raw);
    for (const refresh of [false, true]) {
      const key = await this.#publicKey(signature.subscriberId, signature.keyId, refresh);
      if (key && verifySignature(signature, bodyDigest, key)) return undefined;
    }
    return 'the signature does not match the body and the registered key';
  }

  #findContextProblem(context: Json, action: string): string | undefined {
    const { subscriberId, bppId, names } = this.#options;
    if (context.action !== action) return 'context.action differs from the action in the URL';
    if (context[names.bapId] !== subscriberId) return `context.${names.bapId} is not ${subscriberId}`;
    if (context[names.bppId] !== bppId) return `context.${names.bppId} is not the signer`;
    if (!textOf(context[names.transactionId]) || !textOf(context[names.messageId]))
      return `context lacks ${names.transactionId} or ${names.messageId}`;
    return undefined;
  }

  async #publicKey(subscriberId: string, keyId: string, refresh: boolean): Promise<Uint8Array | undefined> {
    const cacheKey = `${subscriberId}|${keyId}`;
    const cached = this.#keys.get(cacheKey);
    if (cached && !refresh) return cached;
    const response = await fetch(`${this.#options.registryUrl}/subscribers/lookup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ subscriber_id: subscriberId, unique_key_id: keyId, key_id: keyId, type: 'BPP' }),
      signal: AbortSignal.timeout(LOOKUP_TIMEOUT_MS),
    });
    const record = asList(await response.json()).find(
      (candidate): candidate is Json =>
        isJson(candidate) &&
        candidate.subscriber_id === subscriberId &&
        (candidate.unique_key_id ?? candidate.key_id ?? candidate.pub_key_id) === keyId,
    );
    if (!record || record.status !== 'SUBSCRIBED') return undefined;
    const key = Buffer.from(textOf(record.signing_public_key), 'base64');
    this.#keys.set(cacheKey, key);
    return key;
  }
}
