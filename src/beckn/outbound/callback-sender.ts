/** One callback on its way: checked target, signed bytes, and what the peer's answer means. */
import type { CallbackSender, Delivery } from '../../ports/buyer-requests.js';
import { HttpFault, type HttpClient, type HttpResponse } from '../../ports/http.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { readCallbackResponse } from './callback-response.js';
import type { CallbackTargetChecker } from './callback-target.js';
import { readSignature } from '../signing/signature.js';
import type { Signer } from '../signing/signer.js';

export interface CallbackSenderOptions {
  readonly http: HttpClient;
  readonly targetChecker: CallbackTargetChecker;
  readonly clock: Clock;
  /** Who signs: us. */
  readonly signer: Signer;
  readonly events?: Events;
  /** base64 signature of the request that a callback answers, where its peer wants it signed along. */
  readonly requestSignature?: (callback: OutboundCallback) => Promise<string | undefined>;
  /** What is wrong with the signature of an answer to a message that was signed so (base64). */
  readonly ackProblem?: (
    callback: OutboundCallback,
    response: HttpResponse,
    requestSignature: string,
  ) => Promise<string | undefined>;
  /** The context's ttl, s: a signature lives as long. */
  readonly ttlS?: number;
  /** Real ms for one exchange. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export type OutboundCallback = Parameters<CallbackSender['send']>[0];

/** @source BECKN-006: signed over the bytes that are sent. */
export function createCallbackSender(options: CallbackSenderOptions): CallbackSender {
  const { http, targetChecker: targets, clock, signer } = options;
  const timeoutMs = options.timeoutMs ?? 10_000;
  const maxBytes = options.maxBytes ?? 65_536;

  return {
    async send(callback) {
      const { action, body } = callback;
      const target = await targets.check(callback);
      if (!target.ok) return { kind: target.retryable ? 'failed' : 'refused', reason: target.reason };

      // The port sends text as UTF-8: these are the bytes on the wire.
      const authorization = signer.signatureHeader(Buffer.from(body, 'utf8'), {
        lifetimeS: options.ttlS ?? 0,
        requestSignature: await options.requestSignature?.(callback),
      });
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
        return failedDelivery(error);
      }
      const { delivery, unclearReason: doubt } = readCallbackResponse(response, clock.now());
      if (delivery.kind === 'delivered') {
        const wrong = await options.ackProblem?.(callback, response, readSignature(authorization) ?? '');
        if (wrong !== undefined) options.events?.emit('callback.unclear', { action, reason: wrong });
      }
      if (doubt !== undefined) options.events?.emit('callback.unclear', { action, reason: doubt });
      return delivery;
    },
  };
}

function failedDelivery(error: unknown): Delivery {
  if (!(error instanceof Error)) return { kind: 'failed', reason: 'network: unknown error' };
  const kind = error instanceof HttpFault ? error.reason : 'network';
  return { kind: 'failed', reason: `${kind}: ${error.message}` };
}
