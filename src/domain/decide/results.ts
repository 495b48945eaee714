/** The few ways in which decisions build their results. */
import type { Accepted, WantedEffect, WantedRow } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { billFor } from '../billing/bill.js';
import type { CallbackClass, Effect, EndCode, Order } from '../model/order.js';

/** Nothing happened, nothing is saved. */
export function unchanged(order: Order): Accepted {
  return { order, effects: [], rows: [], save: 'none' };
}

/** The order itself changed. */
export function changed(
  order: Order,
  effects: readonly WantedEffect[] = [],
  rows: readonly WantedRow[] = [],
  tag?: Accepted['tag'],
): Accepted {
  return { order, effects, rows, save: 'document', ...(tag && { tag }) };
}

/** An unasked on_status. */
export function tell(kind: CallbackClass): WantedEffect {
  return { kind: 'callback', action: 'on_status', class: kind };
}

/** Ends that are neither the buyer's wish nor what was ordered. */
const BROKEN_OFF: ReadonlySet<EndCode> = new Set([
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
export function brokenOff({ outcome }: Pick<Order, 'outcome'>): boolean {
  return outcome !== undefined && BROKEN_OFF.has(outcome.code);
}

/** Whether it only takes back what an ended order left in its charger. */
export function tidies(effect: Effect): boolean {
  return effect.kind === 'clear-plan' || effect.kind === 'cancel-reservation';
}

/** The order with its pending commands to the charger taken back: they are of no use any more. What tidies up stays. */
export function withoutCommands(order: Order): Order {
  const effects = order.effects.filter((effect) => effect.kind === 'callback' || tidies(effect));
  return effects.length === order.effects.length ? order : { ...order, effects };
}

const ENDED_UNSTARTED: Partial<Record<EndCode, string>> = {
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
function releaseSlot({ slot }: Order, now: number): WantedEffect[] {
  const { reservationId, reservation, keptUntil } = slot ?? {};
  const kept = reservation === 'asked' || reservation === 'held';
  if (!kept || reservationId === undefined || keptUntil === undefined || keptUntil <= now) return [];
  return [{ kind: 'cancel-reservation', reservationId, notAfter: keptUntil }];
}

/** An order that ends before any transaction: full refund, one terminal status. */
export function endUnstarted(
  order: Order,
  state: 'failed' | 'cancelled',
  code: EndCode,
  around: Surroundings,
  effects: readonly WantedEffect[] = [],
  rows: readonly WantedRow[] = [],
): Accepted {
  const ended: Order = {
    ...withoutCommands(order),
    state,
    outcome: {
      code,
      text: ENDED_UNSTARTED[code] ?? 'The order ended before charging began.',
      at: around.now,
    },
    bill: billFor(order, { energyWh: 0, confidence: 'exact' }),
  };
  return changed(ended, [...effects, ...releaseSlot(order, around.now), tell('terminal')], rows);
}
