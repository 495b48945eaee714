/** One callback on its way: checked target, signed bytes, and what the peer's answer means. */
import type { CallbackSender, Delivery } from '../bridge/ports/buyers.js';
import { HttpFault, type HttpClient, type HttpResponse } from '../bridge/ports/http.js';
import type { Clock } from '../bridge/ports/runtime.js';
import { readAnswer } from './callback-answer.js';
import type { CallbackTargets } from './callback-target.js';
import { authorizationHeader } from './signature.js';

export interface CallbackSenderOptions {
  readonly http: HttpClient;
  readonly targets: CallbackTargets;
  readonly clock: Clock;
  /** Who signs: us. */
  readonly subscriberId: string;
  readonly keyId: string;
  /** libsodium's 64 bytes. */
  readonly secretKey: Uint8Array;
  /** The context's ttl, s; a signature lives at least `MIN_LIFETIME_S`. */
  readonly ttlS?: number;
  /** Real ms for one exchange. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

/** A receiver whose clock is behind ours must not find our signature in its future, s. */
const BACKDATED_S = 5;
const MIN_LIFETIME_S = 300;

/**
 * @source BECKN-006: signed over the bytes that are sent, `expires` is at least the message's ttl away.
 */
export function createCallbackSender(options: CallbackSenderOptions): CallbackSender {
  const { http, targets, clock, subscriberId, keyId, secretKey } = options;
  const lifetimeS = Math.max(options.ttlS ?? 0, MIN_LIFETIME_S);
  const timeoutMs = options.timeoutMs ?? 10_000;
  const maxBytes = options.maxBytes ?? 65_536;

  return {
    async send({ bapId, bapUri, action, body }) {
      const target = await targets.checkTarget({ bapId, bapUri, action });
      if (!target.ok) return { kind: target.passing ? 'failed' : 'refused', reason: target.reason };

      // The port sends text as UTF-8: these are the bytes on the wire.
      const bytes = Buffer.from(body, 'utf8');
      const authorization = signedNow(bytes, { subscriberId, keyId, secretKey }, clock, lifetimeS);
      let response: HttpResponse;
      try {
        response = await http.send({
          method: 'POST',
          url: target.url,
          headers: { 'content-type': 'application/json', accept: 'application/json', authorization },
          body,
          timeoutMs,
          maxBytes,
          ...(target.pinnedAddress === undefined ? {} : { pinnedAddress: target.pinnedAddress }),
        });
      } catch (error) {
        return notReached(error);
      }
      return readAnswer(response, clock.now());
    },
  };
}

/** The Authorization header of a message that leaves now. @unit `lifetimeS` seconds. */
export function signedNow(
  body: Uint8Array,
  signer: { readonly subscriberId: string; readonly keyId: string; readonly secretKey: Uint8Array },
  clock: Clock,
  lifetimeS = MIN_LIFETIME_S,
): string {
  const created = Math.floor(clock.now() / 1000) - BACKDATED_S;
  return authorizationHeader({ ...signer, body, created, expires: created + lifetimeS });
}

function notReached(error: unknown): Delivery {
  if (!(error instanceof Error)) return { kind: 'failed', reason: 'network: unknown error' };
  const kind = error instanceof HttpFault ? error.reason : 'network';
  return { kind: 'failed', reason: `${kind}: ${error.message}` };
}
