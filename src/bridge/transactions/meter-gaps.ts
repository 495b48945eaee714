/**
 * Where each connector's meter stood last. What the next transaction begins above it flowed without being told: a
 * session that the charger gave up telling, or the tail of one whose end was inferred.
 */
import type { WantedRow } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { Book } from '../orders/order-cache.js';
import type { Views } from '../charge-points/charge-point-state.js';
import type { Events } from '../../ports/events.js';
import type { Store } from '../../ports/store.js';

/** Less is the meter's own consumption, or a session that was ended by hand. */
const WORTH_A_LOOK_WH = 100;

export class Registers {
  readonly #deps: { readonly book: Book; readonly views: Views; readonly store: Store; readonly events: Events };

  constructor(deps: { readonly book: Book; readonly views: Views; readonly store: Store; readonly events: Events }) {
    this.#deps = deps;
  }

  /** A transaction ended, and this is what its connector's meter showed. */
  ended(chargePointId: string, connectorId: number, wh: number, at: number): void {
    const { views, store, events } = this.#deps;
    const before = views.record(chargePointId);
    if ((before.registers?.[connectorId]?.at ?? 0) >= at) return;
    const record = { ...before, registers: { ...before.registers, [connectorId]: { wh, at } } };
    views.put(record);
    store
      .commit({ chargePoints: [record] })
      .catch((error: unknown) => events.emit('store.failed', { problem: String(error) }));
  }

  fromOrder({ connector, session }: Order): void {
    if (session?.end)
      this.ended(connector.chargePointId, connector.connectorId, session.end.meterStopWh, session.end.receivedAt);
  }

  /** What flowed untold before a transaction that begins at `meterStartWh`, if that is worth a person's look. */
  hole(chargePointId: string, connectorId: number, meterStartWh: number): WantedRow | undefined {
    const { book, views } = this.#deps;
    const open = book
      .at(chargePointId)
      .flatMap(({ connector, session }) => (connector.connectorId === connectorId && session ? [session.meter] : []));
    const lastWh = Math.max(
      views.record(chargePointId).registers?.[connectorId]?.wh ?? 0,
      ...open.map((one) => one.registerWh),
    );
    const untoldWh = meterStartWh - lastWh;
    if (lastWh === 0 || untoldWh <= WORTH_A_LOOK_WH) return undefined;
    return {
      kind: 'meter-hole',
      detail: `Connector ${connectorId} gave ${untoldWh} Wh between its last known reading and the next transaction; nobody was billed for them.`,
      amount: untoldWh,
    };
  }
}
