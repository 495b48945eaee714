/** From a handled order command to the acknowledgement of the request that caused it. */
import { type Order, type RequestFingerprint } from '../../domain/model/order.js';
import type { Acknowledgement, VerifiedRequest } from '../../ports/buyer-requests.js';
import { requestRecord } from '../callbacks/owed-responses.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { OrderCommandOptions, OrderCommandResult } from '../orders/order-command-handler.js';
import type { BuyerRequestsDeps } from './deps.js';
import { inDialectOfOrder } from './queries.js';

type AcknowledgeDeps = Pick<BuyerRequestsDeps, 'orders' | 'chargePoints' | 'events' | 'owedResponses'>;

/** A refused command is acknowledged too: the refusal is sent as the error of a callback. */
export async function acknowledge(
  deps: AcknowledgeDeps,
  inbound: VerifiedRequest,
  result: OrderCommandResult,
): Promise<Acknowledgement> {
  passCrashPoint('request.decided');
  if (!('refusal' in result)) {
    reportChargerConnected(deps, result.order);
    return { ack: true };
  }
  const { refusal, order } = result;
  if (order?.idTag === undefined) return deps.owedResponses.oweError(inbound, refusal);
  return deps.owedResponses.oweError(inDialectOfOrder(inbound, order), refusal, order.id);
}

/**
 * Reports the charger to an order that was saved while its charger connected: too late for the decision to see the
 * charger, too early for the charger's event to reach the order. Not awaited, because it waits behind that save.
 */
function reportChargerConnected({ orders, chargePoints, events }: AcknowledgeDeps, order: Order): void {
  const waitsForCharger = order.state === 'confirmed' && !order.slot && !order.awaitsBuyerStart;
  if (!waitsForCharger || !chargePoints.isReady(order.connector.chargePointId)) return;
  orders
    .handle(order, { type: 'charger-connected' })
    .catch((error: unknown) => events.emit('store.failed', { problem: String(error) }));
}

export function fingerprintOf({ action, messageId, digest }: VerifiedRequest): RequestFingerprint {
  return { action, messageId, digest };
}

/** Whether the order has handled this request, even if the request's own record was lost. */
export function isRepeat(order: Order | undefined, { action, messageId, digest }: RequestFingerprint): boolean {
  return (
    order?.handledRequests.some(
      (handled) => handled.action === action && handled.messageId === messageId && handled.digest === digest,
    ) ?? false
  );
}

/** Options that save the request in the same write as the order. */
export function saveRequest(inbound: VerifiedRequest): OrderCommandOptions {
  return {
    requestFingerprint: fingerprintOf(inbound),
    bapUri: inbound.bapUri,
    alsoSave: () => ({ requests: [requestRecord(inbound)] }),
  };
}
