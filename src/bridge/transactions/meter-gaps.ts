/**
 * Where each connector's meter stood last. What the next transaction begins above it flowed without being told: a
 * session that the charger gave up telling, or the tail of one whose end was inferred.
 */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { Store } from '../../ports/store.js';

/** Less is the meter's own consumption, or a session that was ended by hand. */
const MIN_GAP_WH = 100;

export class MeterGaps implements OrderEffectHandler {
  readonly #deps: {
    readonly orderCache: OrderCache;
    readonly chargePoints: ChargePointState;
    readonly store: Store;
    readonly events: Events;
  };

  constructor(deps: {
    readonly orderCache: OrderCache;
    readonly chargePoints: ChargePointState;
    readonly store: Store;
    readonly events: Events;
  }) {
    this.#deps = deps;
  }

  /** A transaction ended, and this is what its connector's meter showed. */
  recordRegister(chargePointId: string, connectorId: number, wh: number, at: number): void {
    const { chargePoints: views, store, events } = this.#deps;
    const before = views.record(chargePointId);
    if ((before.registers?.[connectorId]?.at ?? 0) >= at) return;
    const record = { ...before, registers: { ...before.registers, [connectorId]: { wh, at } } };
    views.put(record);
    store
      .commit({ chargePoints: [record] })
      .catch((error: unknown) => report(events, 'meter register', error, { chargePointId }));
  }

  /** A save may have ended the order's session. */
  handleEffects({ connector, session }: Order): void {
    if (session?.end)
      this.recordRegister(
        connector.chargePointId,
        connector.connectorId,
        session.end.meterStopWh,
        session.end.receivedAt,
      );
  }

  /** What flowed untold before a transaction that begins at `meterStartWh`, if that is worth a person's look. */
  findGap(chargePointId: string, connectorId: number, meterStartWh: number): DiscrepancyDraft | undefined {
    const { orderCache: book, chargePoints: views } = this.#deps;
    const open = book
      .openOrdersAt(chargePointId)
      .flatMap(({ connector, session }) => (connector.connectorId === connectorId && session ? [session.meter] : []));
    const lastWh = Math.max(
      views.record(chargePointId).registers?.[connectorId]?.wh ?? 0,
      ...open.map((one) => one.registerWh),
    );
    const untoldWh = meterStartWh - lastWh;
    if (lastWh === 0 || untoldWh <= MIN_GAP_WH) return undefined;
    return {
      kind: 'meter-gap',
      detail: `Connector ${connectorId} gave ${untoldWh} Wh between its last known reading and the next transaction; nobody was billed for them.`,
      amount: untoldWh,
    };
  }
}
