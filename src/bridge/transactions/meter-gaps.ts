/**
 * Finds energy that no transaction reported, by comparing a transaction's start register with the connector's last
 * known register. A gap arises if a charger never delivers the messages of a session, or continues a session whose end
 * was inferred.
 */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { Store } from '../../ports/store.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';

/**
 * Gaps up to this size are ignored, Wh. They may come from the meter's own consumption, or from a session that was
 * ended by hand.
 */
const MIN_GAP_WH = 100;

export interface MeterGapsDeps {
  readonly orderCache: OrderCache;
  readonly chargePoints: ChargePointState;
  readonly store: Store;
  readonly events: Events;
}

/** Returns the discrepancy of an order's session that began without a register. */
export function missingStartRegister(connectorId: number): DiscrepancyDraft {
  const detail = `A transaction on connector ${connectorId} began without a register; its bill counts from its first reading.`;
  return { kind: 'meter-missing', detail };
}

export class MeterGaps implements OrderEffectHandler {
  readonly #deps: MeterGapsDeps;

  constructor(deps: MeterGapsDeps) {
    this.#deps = deps;
  }

  /** Stores the register at the end of a transaction, unless a later one is stored. @unit `at` epoch ms, our clock. */
  recordRegister(chargePointId: string, connectorId: number, wh: number, at: number): void {
    const { chargePoints, store, events } = this.#deps;
    const before = chargePoints.record(chargePointId);
    if ((before.registers?.[connectorId]?.at ?? 0) >= at) return;
    const record = { ...before, registers: { ...before.registers, [connectorId]: { wh, at } } };
    chargePoints.put(record);
    store
      .commit({ chargePoints: [record] })
      .catch((error: unknown) => report(events, 'meter register', error, { chargePointId }));
  }

  /** Stores the end register of the order's session once the session has ended. */
  handleEffects({ connector: { chargePointId, connectorId }, session }: Order): void {
    if (session?.end) this.recordRegister(chargePointId, connectorId, session.end.meterStopWh, session.end.receivedAt);
  }

  /**
   * Returns a discrepancy if more than 100 Wh are missing before a transaction that starts at `meterStartWh`;
   * `undefined` otherwise, and if no earlier register is known.
   */
  findGap(chargePointId: string, connectorId: number, meterStartWh: number): DiscrepancyDraft | undefined {
    const { orderCache, chargePoints } = this.#deps;
    const openMeters = orderCache
      .openOrdersAt(chargePointId)
      .flatMap(({ connector, session }) => (connector.connectorId === connectorId && session ? [session.meter] : []));
    const lastWh = Math.max(
      chargePoints.record(chargePointId).registers?.[connectorId]?.wh ?? 0,
      ...openMeters.map((meter) => meter.registerWh),
    );
    const gapWh = meterStartWh - lastWh;
    if (lastWh === 0 || gapWh <= MIN_GAP_WH) return undefined;
    return {
      kind: 'meter-gap',
      detail: `Connector ${connectorId} delivered ${gapWh} Wh between its last known reading and the next transaction; they were not billed.`,
      amount: gapWh,
    };
  }
}
