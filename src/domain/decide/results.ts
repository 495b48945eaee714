/** The few ways in which decisions build their results. */
import type { Accepted, EffectDraft, DiscrepancyDraft, DecisionContext } from '../model/decision.js';
import { billFor } from '../billing/bill.js';
import type { EndCode, Order } from '../model/order.js';
import type { CallbackClass, Effect } from '../model/effect.js';

/** Nothing happened, nothing is saved. */
export function noChange(order: Order): Accepted {
  return { order, effects: [], discrepancies: [], save: 'none' };
}

/** The order itself changed. */
export function accept(
  order: Order,
  effects: readonly EffectDraft[] = [],
  rows: readonly DiscrepancyDraft[] = [],
  tag?: Accepted['idTagStatus'],
): Accepted {
  return { order, effects, discrepancies: rows, save: 'document', ...(tag && { idTagStatus: tag }) };
}

/** An unasked on_status. */
export function notify(kind: CallbackClass): EffectDraft {
  return { kind: 'callback', action: 'on_status', class: kind };
}

/** Ends that are neither the buyer's wish nor what was ordered. */
const PROVIDER_END_CODES: ReadonlySet<EndCode> = new Set([
  'charger-fault',
  'power-loss',
  'charger-offline',
  'start-rejected',
  'charger-quarantined',
  'connector-taken',
  'connector-faulted',
  'cancelled-by-operator',
]);

/** True when the order ended by the charger's or the operator's doing. */
export function isEndedByProvider({ outcome }: Pick<Order, 'outcome'>): boolean {
  return outcome !== undefined && PROVIDER_END_CODES.has(outcome.code);
}

/** Whether it only takes back what an ended order left in its charger. */
export function isCleanUp(effect: Effect): boolean {
  return effect.kind === 'clear-charging-profile' || effect.kind === 'cancel-reservation';
}

/** The order with its pending commands to the charger taken back: they are of no use any more. What tidies up stays. */
export function dropChargerCommands(order: Order): Order {
  const effects = order.effects.filter((effect) => effect.kind === 'callback' || isCleanUp(effect));
  return effects.length === order.effects.length ? order : { ...order, effects };
}

const UNSTARTED_TEXTS: Partial<Record<EndCode, string>> = {
  'charger-offline': 'The charger did not come online in time. You pay nothing.',
  'start-rejected': 'The charger refused to start. You pay nothing.',
  'charger-quarantined': 'The charger may not be used until its operator has checked it. You pay nothing.',
  'start-not-asked': 'Charging was not started in time. You pay nothing.',
  'not-confirmed': 'It was paid for and not confirmed in time. Your money goes back.',
  'start-timeout': 'Charging did not begin in time; perhaps no cable was plugged in. You pay nothing.',
  'connector-taken': 'Somebody else began to charge on this connector. You pay nothing.',
  'connector-faulted': 'The connector reports a fault. You pay nothing.',
  'cancelled-by-buyer': 'Cancelled before charging began. You pay nothing.',
  'cancelled-by-operator': 'Cancelled by the operator before charging began. You pay nothing.',
};

/** The charger is told that it need not keep the connector any more, if it was asked to. */
function cancelReservation({ slot }: Order, now: number): EffectDraft[] {
  const { reservationId, status: reservation, reservedUntil: keptUntil } = slot ?? {};
  const kept = reservation === 'requested' || reservation === 'accepted';
  if (!kept || reservationId === undefined || keptUntil === undefined || keptUntil <= now) return [];
  return [{ kind: 'cancel-reservation', reservationId, notAfter: keptUntil }];
}

/** An order that ends before any transaction: full refund, one terminal status. */
export function endBeforeStart(
  order: Order,
  state: 'failed' | 'cancelled',
  code: EndCode,
  around: DecisionContext,
  effects: readonly EffectDraft[] = [],
  rows: readonly DiscrepancyDraft[] = [],
): Accepted {
  const ended: Order = {
    ...dropChargerCommands(order),
    state,
    outcome: {
      code,
      text: UNSTARTED_TEXTS[code] ?? 'The order ended before charging began.',
      at: around.now,
    },
    bill: billFor(order, { energyWh: 0, confidence: 'exact' }),
  };
  return accept(ended, [...effects, ...cancelReservation(order, around.now), notify('terminal')], rows);
}
