/** Turns the result of an order command into the acknowledgement of the request that caused it. */
import { type RequestFingerprint } from '../../domain/model/order.js';
import type { Acknowledgement, VerifiedRequest } from '../../ports/buyer-requests.js';
import { toRequestRecord } from '../callbacks/owed-responses.js';
import type { OrderCommandOptions, OrderCommandResult } from '../orders/command-options.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { BuyerRequestsDeps } from './deps.js';
import { inDialectOfOrder } from './queries.js';

/** Refusals that get a NACK instead of a callback, as an unreadable amount does. */
const REFUSED_WITHOUT_CALLBACK: ReadonlySet<string> = new Set(['currency-mismatch', 'amount-invalid']);

/** Acknowledges a refused command too; a callback carries the refusal as its error. A refused amount gets a NACK. */
export async function acknowledge(
  { store, owedResponses }: Pick<BuyerRequestsDeps, 'store' | 'owedResponses'>,
  inbound: VerifiedRequest,
  result: OrderCommandResult,
): Promise<Acknowledgement> {
  passCrashPoint('request.decided');
  if ('repeated' in result) {
    // The order has already handled this request, but a crash lost the request's record, so only the record is saved
    // again.
    await store.commit({ acceptedRequest: toRequestRecord(inbound) });
    return { ack: true };
  }
  if (!('refusal' in result)) return { ack: true };
  const { refusal, order } = result;
  if (REFUSED_WITHOUT_CALLBACK.has(refusal.code)) return { ack: false, refusal };
  if (order?.idTag === undefined) return owedResponses.oweError(inbound, refusal);
  return owedResponses.oweError(inDialectOfOrder(inbound, order), refusal, order.id);
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
