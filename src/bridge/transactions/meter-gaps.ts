/**
 * The last register of each connector. Energy between it and the start register of the next transaction was never
 * reported: of a session that the charger gave up sending, or after a session whose end was inferred.
 */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { Store } from '../../ports/store.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';

/** A smaller gap is the meter's own consumption, or a session that was ended by hand. */
const MIN_GAP_WH = 100;

export interface MeterGapsDeps {
  readonly orderCache: OrderCache;
  readonly chargePoints: ChargePointState;
  readonly store: Store;
  readonly events: Events;
}

export class MeterGaps implements OrderEffectHandler {
  readonly #deps: MeterGapsDeps;

  constructor(deps: MeterGapsDeps) {
    this.#deps = deps;
  }

  /** Stores the register at the end of a transaction. @unit `wh` Wh, `at` epoch ms of our clock. */
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

  /** Stores the register of a session that the saved command has ended. */
  handleEffects({ connector: { chargePointId, connectorId }, session }: Order): void {
    if (session?.end) this.recordRegister(chargePointId, connectorId, session.end.meterStopWh, session.end.receivedAt);
  }

  /** A discrepancy for the energy before a transaction that starts at `meterStartWh`, if it exceeds 100 Wh. */
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
