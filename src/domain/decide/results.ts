/** Builds the results of decisions. */
import { billFor } from '../billing/bill.js';
import { isOpenAtProvider } from '../billing/payment-result.js';
import type { Accepted, DecisionContext, DiscrepancyDraft, EffectDraft } from '../model/decision.js';
import type { CallbackClass, Effect } from '../model/effect.js';
import type { EndCode, Order } from '../model/order.js';

export function noChange(order: Order): Accepted {
  return { order, effects: [], discrepancies: [], save: 'none' };
}

/** Returns a decision that changes only the running meter, or something that may be lost in a restart. */
export function saveMeter(order: Order): Accepted {
  return { ...noChange(order), save: 'meter' };
}

/** Returns a decision that changes the order, which must be saved as a document. */
export function accept(
  order: Order,
  effects: readonly EffectDraft[] = [],
  discrepancies: readonly DiscrepancyDraft[] = [],
  idTagStatus?: Accepted['idTagStatus'],
): Accepted {
  return { order, effects, discrepancies, save: 'document', ...(idTagStatus && { idTagStatus }) };
}

/** Builds an unsolicited `on_status`. */
export function notify(callbackClass: CallbackClass): EffectDraft {
  return { kind: 'callback', action: 'on_status', class: callbackClass };
}

const PROVIDER_END_CODES: ReadonlySet<EndCode> = new Set([
  'charger-fault',
  'power-loss',
  'charger-offline',
  'start-rejected',
  'charger-quarantined',
  'connector-taken',
  'connector-faulted',
  'cancelled-by-operator',
  'closed-by-operator',
]);

/**
 * Checks whether the order ended because of the charger or the operator. That includes a billed session that a fault or
 * a power loss ended, but not one that the operator stopped.
 */
export function isEndedByProvider({ outcome }: Pick<Order, 'outcome'>): boolean {
  return outcome !== undefined && PROVIDER_END_CODES.has(outcome.code);
}

/** Checks whether an effect removes a charging profile or a reservation from the charger. */
export function isCleanUp(effect: Effect): boolean {
  return effect.kind === 'clear-charging-profile' || effect.kind === 'cancel-reservation';
}

/** Removes obsolete effects: charger commands, except clean-up, and requests for a link that does not exist yet. */
export function dropChargerCommands(order: Order): Order {
  const effects = order.effects.filter(
    (effect) => effect.kind === 'callback' || isCleanUp(effect) || isOpenAtProvider(effect),
  );
  return effects.length === order.effects.length ? order : { ...order, effects };
}

/** For each way to end an order that delivered no energy, its final state and the sentence for the buyer. */
const ENDS_BEFORE_START = {
  'charger-offline': { state: 'failed', text: 'The charger did not come online in time. You pay nothing.' },
  'start-rejected': { state: 'failed', text: 'The charger refused to start. You pay nothing.' },
  'charger-quarantined': {
    state: 'failed',
    text: 'The charger cannot be used until its operator has checked it. You pay nothing.',
  },
  'start-timeout': {
    state: 'failed',
    text: 'Charging did not begin in time; perhaps no cable was plugged in. You pay nothing.',
  },
  'connector-taken': { state: 'failed', text: 'Someone else began to charge on this connector. You pay nothing.' },
  'connector-faulted': { state: 'failed', text: 'The connector reported a fault. You pay nothing.' },
  'start-not-asked': { state: 'cancelled', text: 'Charging was not started in time. You pay nothing.' },
  'not-confirmed': {
    state: 'cancelled',
    text: 'The order was paid for but not confirmed in time. Your money will be refunded.',
  },
  'payment-withdrawn': {
    state: 'cancelled',
    text: 'The payment was withdrawn before charging began. You pay nothing.',
  },
  'cancelled-by-buyer': { state: 'cancelled', text: 'Cancelled before charging began. You pay nothing.' },
  'cancelled-by-operator': {
    state: 'cancelled',
    text: 'Cancelled by the operator before charging began. You pay nothing.',
  },
  'closed-by-operator': {
    state: 'failed',
    text: 'The operator closed the order before charging began. You pay nothing.',
  },
} as const satisfies Partial<Record<EndCode, { readonly state: Order['state']; readonly text: string }>>;

/**
 * Ends an order that delivered no energy: with a bill of zero, a full refund and a terminal status. Cancels the
 * reservation that the charger may still have.
 */
export function endBeforeStart(
  order: Order,
  code: keyof typeof ENDS_BEFORE_START,
  { now }: Pick<DecisionContext, 'now'>,
  { effects = [], discrepancies = [] }: Partial<Pick<Accepted, 'effects' | 'discrepancies'>> = {},
): Accepted {
  const { state, text } = ENDS_BEFORE_START[code];
  const ended: Order = {
    ...dropChargerCommands(order),
    state,
    outcome: { code, text, at: now },
    bill: billFor(order, { energyWh: 0, confidence: 'exact' }),
  };
  return accept(ended, [...effects, ...cancelReservation(order, now), notify('terminal')], discrepancies);
}

/** Returns the effect that cancels the order's reservation, if the charger may still have it. */
function cancelReservation({ slot }: Order, now: number): EffectDraft[] {
  const { reservationId, status, reservedUntil } = slot ?? {};
  const mayBeReserved = status === 'requested' || status === 'accepted';
  if (!mayBeReserved || reservationId === undefined || reservedUntil === undefined || reservedUntil <= now) return [];
  return [{ kind: 'cancel-reservation', reservationId, notAfter: reservedUntil }];
}
