/** Turns the result of an order command into the acknowledgement of the request that caused it. */
import type { Order, RequestFingerprint } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Acknowledgement, VerifiedRequest } from '../../ports/buyer-requests.js';
import { toRequestRecord } from '../callbacks/owed-responses.js';
import type { OrderCommandOptions, OrderCommandResult } from '../orders/command-options.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { BuyerRequestsDeps } from './deps.js';
import { inDialectOfOrder } from './queries.js';

/** Refusals that get a NACK instead of a callback, as an unreadable amount does. */
const REFUSED_WITHOUT_CALLBACK: ReadonlySet<string> = new Set(['currency-mismatch', 'amount-invalid']);

/**
 * Acknowledges a refused command too, because a callback carries the refusal. A refused amount gets a NACK. The record
 * of a repeated request is saved again.
 */
export async function acknowledge(
  { store }: Pick<BuyerRequestsDeps, 'store'>,
  inbound: VerifiedRequest,
  result: OrderCommandResult,
): Promise<Acknowledgement> {
  passCrashPoint('request.decided');
  if ('repeated' in result) {
    // The order has already handled this request, but a crash lost the request's record.
    await store.commit({ acceptedRequest: toRequestRecord(inbound) });
    return { ack: true };
  }
  if (!('refusal' in result)) return { ack: true };
  const { refusal } = result;
  return REFUSED_WITHOUT_CALLBACK.has(refusal.code) ? { ack: false, refusal } : { ack: true };
}

/** Saves the callback that carries a refusal, unless a NACK does. */
export async function answerRefusal(
  { owedResponses }: Pick<BuyerRequestsDeps, 'owedResponses'>,
  inbound: VerifiedRequest,
  refusal: Refusal,
  order: Order | undefined,
): Promise<void> {
  if (REFUSED_WITHOUT_CALLBACK.has(refusal.code)) return;
  if (order?.idTag === undefined) await owedResponses.oweError(inbound, refusal);
  else await owedResponses.oweError(inDialectOfOrder(inbound, order), refusal, order.id);
}

export function fingerprintOf({ action, messageId, digest }: VerifiedRequest): RequestFingerprint {
  return { action, messageId, digest };
}

/**
 * Returns options that save the request in the same write as the order, and send the order's callbacks to the request's
 * `bapUri`.
 */
export function saveRequest(inbound: VerifiedRequest): OrderCommandOptions {
  return {
    requestFingerprint: fingerprintOf(inbound),
    bapUri: inbound.bapUri,
    alsoSave: () => ({ batch: { acceptedRequest: toRequestRecord(inbound) } }),
  };
}
