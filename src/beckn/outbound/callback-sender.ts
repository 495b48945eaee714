/** Sends one callback: checks its target, signs its bytes and reads the peer's response. */
import type { CallbackSender, Delivery, OutboundCallback } from '../../ports/callback-delivery.js';
import { HttpFault, type HttpClient, type HttpResponse } from '../../ports/http.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { readSignature } from '../signing/signature.js';
import type { Signer } from '../signing/signer.js';
import type { AckCheck } from './ack-signature.js';
import { readCallbackResponse } from './callback-response.js';
import type { CallbackTargetChecker } from './callback-target.js';

/**
 * How long a callback may wait for a free connection, in ms of real time. It is long because several buyer apps may
 * share one host, and a callback that waits behind those of others is no sign that the host has failed.
 */
const MAX_WAIT_MS = 60_000;

export interface HttpCallbackSenderDeps {
  readonly http: HttpClient;
  readonly targetChecker: CallbackTargetChecker;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly events?: Events;
  /** Returns the base64 signature of the answered request, for peers that want the callback's signature to cover it. */
  readonly requestSignature?: (callback: OutboundCallback) => Promise<string | undefined>;
  readonly ackProblem?: AckCheck;
  /** The callback's ttl, s: the minimum lifetime of its signature. */
  readonly ttlS?: number;
  /** Time limit for the whole exchange, in ms of real time. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export class HttpCallbackSender implements CallbackSender {
  readonly #deps: HttpCallbackSenderDeps;

  constructor(deps: HttpCallbackSenderDeps) {
    this.#deps = deps;
  }

  /** @source BECKN-006: the signature covers the bytes that are sent. */
  async send(callback: OutboundCallback): Promise<Delivery> {
    const { targetChecker, signer, http, clock, ackProblem, requestSignature } = this.#deps;
    const { ttlS = 0, timeoutMs = 10_000, maxBytes = 65_536 } = this.#deps;
    const { body } = callback;
    const target = await targetChecker.check(callback);
    if (!target.ok) {
      const { retryable, reason } = target;
      return retryable ? { kind: 'failed', reason } : { kind: 'refused', reason, notSent: true };
    }

    // The HTTP port sends text as UTF-8, so these are the bytes on the wire.
    const authorization = signer.signatureHeader(Buffer.from(body, 'utf8'), {
      lifetimeS: ttlS,
      requestSignature: await requestSignature?.(callback),
    });
    let response: HttpResponse;
    try {
      response = await http.send({
        method: 'POST',
        url: target.url,
        headers: { 'content-type': 'application/json', accept: 'application/json', authorization },
        body,
        timeoutMs,
        maxWaitMs: MAX_WAIT_MS,
        maxBytes,
        ...(target.pinnedAddress !== undefined && { pinnedAddress: target.pinnedAddress }),
      });
    } catch (error) {
      if (!isTooLongSuccess(error)) return failedDelivery(error);
      // As with any other body that is neither ACK nor NACK, the peer has received the callback.
      this.#reportUnclear(callback, `HTTP ${error.status} with a body that is too long to be an ACK or NACK`);
      return { kind: 'delivered' };
    }
    const { delivery, unclearReason } = readCallbackResponse(response, clock.now());
    if (delivery.kind === 'delivered') {
      this.#reportUnclear(callback, await ackProblem?.(callback, response, readSignature(authorization) ?? ''));
    }
    this.#reportUnclear(callback, unclearReason);
    return delivery;
  }

  #reportUnclear({ action }: OutboundCallback, reason: string | undefined): void {
    if (reason !== undefined) this.#deps.events?.emit('callback.unclear', { action, reason });
  }
}

function isTooLongSuccess(error: unknown): error is HttpFault & { readonly status: number } {
  if (!(error instanceof HttpFault) || error.reason !== 'too-large' || error.status === undefined) return false;
  return error.status >= 200 && error.status < 300;
}

function failedDelivery(error: unknown): Delivery {
  if (!(error instanceof Error)) return { kind: 'failed', reason: 'network: unknown error' };
  const kind = error instanceof HttpFault ? error.reason : 'network';
  return { kind: 'failed', reason: `${kind}: ${error.message}` };
}
