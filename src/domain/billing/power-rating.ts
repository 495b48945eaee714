/** Reports a rated power that readings repeatedly contradict. */
import type { DiscrepancyDraft } from '../model/decision.js';
import type { Order } from '../model/order.js';

/** Returns a discrepancy if the session has just shown the rated power to be too low; one per connector and rating. */
export function ratingDiscrepancy(before: Order, after: Order, maxPowerW: number): DiscrepancyDraft | undefined {
  const observedW = after.session?.meter.observedPowerW;
  if (observedW === undefined || before.session?.meter.observedPowerW !== undefined) return undefined;
  const { chargePointId, connectorId } = after.connector;
  return {
    kind: 'power-rating-contradicted',
    key: `${chargePointId}:${connectorId}:${maxPowerW}`,
    detail: `Several readings show up to ${observedW} W on connector ${connectorId}; the network file states maxPowerW ${maxPowerW}. The readings are billed.`,
    amount: observedW,
  };
}
