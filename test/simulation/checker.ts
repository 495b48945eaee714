/**
 * Judges a run by what crossed the wires and by what the store holds at its end. It knows the promises and the
 * tariffs, and nothing of how the bridge keeps them: no rule of the product is imported here.
 */
import { checkBuyers } from './check-buyers.js';
import { checkChargers } from './check-chargers.js';
import { checkLedger, type Posted } from './check-ledger.js';
import { checkMoney } from './check-money.js';
import type { Timed } from './history.js';
import { at, isDict, list, text } from './json.js';
import { type Callback, readHistory, type Reading } from './wire-reading.js';

export interface Violation {
  readonly invariant: string;
  readonly seed: number;
  /** Virtual time, ISO. */
  readonly at: string;
  readonly order?: string;
  readonly what: string;
}

/** A confirmed order as the store has it: only its names; what happened to it is read from the wires. */
export interface Confirmed {
  readonly id: string;
  readonly tag: string;
  readonly buyer: string;
  readonly transactionId: string;
  readonly charger: string;
  readonly authorised: number;
  readonly state: string;
  /** The unasked final status, in every copy that left. */
  readonly finals: readonly Callback[];
}

export interface Discrepancy {
  readonly kind: string;
  readonly detail: string;
  readonly order: string;
  readonly transaction: string;
}

export interface Case extends Reading {
  readonly orders: readonly Confirmed[];
  /** Ids of all orders, drafts too, by Beckn transaction. */
  readonly ordersOf: ReadonlyMap<string, readonly string[]>;
  readonly discrepancies: readonly Discrepancy[];
  readonly ledger: readonly Posted[];
  /** `charger/number` of every transaction kept, and whether its end is. */
  readonly kept: ReadonlyMap<string, boolean>;
  readonly complain: (invariant: string, t: number, what: string, order?: string) => void;
}

export interface Evidence {
  readonly seed: number;
  readonly history: readonly Timed[];
  readonly orders: readonly unknown[];
  readonly discrepancies: readonly unknown[];
  readonly transactions: readonly unknown[];
  readonly ledger: readonly unknown[];
}

export function check(evidence: Evidence): Violation[] {
  const { seed } = evidence;
  const reading = readHistory(evidence.history);
  const violations: Violation[] = [];
  const asked = new Set(reading.requests.map((request) => request.messageId));
  const ordersOf = new Map<string, string[]>();
  for (const order of evidence.orders) {
    const transactionId = text(at(order, 'becknTransactionId'));
    ordersOf.set(transactionId, [...(ordersOf.get(transactionId) ?? []), text(at(order, 'id'))]);
  }
  const found: Case = {
    ...reading,
    ordersOf,
    orders: evidence.orders.filter((order) => at(order, 'idTag') !== undefined).map((order) => confirmed(order)),
    discrepancies: evidence.discrepancies.map((one) => ({
      kind: text(at(one, 'kind')),
      detail: text(at(one, 'detail')),
      order: text(at(one, 'orderId')),
      transaction: text(at(one, 'transactionId')),
    })),
    ledger: evidence.ledger.map((one) => ({
      order: text(at(one, 'orderId')),
      kind: text(at(one, 'kind')),
      lines: list(at(one, 'lines')).map((line) => ({
        account: text(at(line, 'account')),
        amount: Number(at(line, 'amount')),
      })),
    })),
    kept: new Map(
      evidence.transactions.map((one) => [
        `${text(at(one, 'chargePointId'))}/${text(at(one, 'transactionId'))}`,
        isDict(at(one, 'stop')),
      ]),
    ),
    complain: (invariant, t, what, order) =>
      void violations.push({
        invariant,
        seed,
        at: new Date(t).toISOString(),
        ...(order !== undefined && { order }),
        what,
      }),
  };
  checkChargers(found);
  checkBuyers(found);
  checkMoney(found);
  checkLedger(found);
  return violations;

  function confirmed(order: unknown): Confirmed {
    const id = text(at(order, 'id'));
    return {
      id,
      tag: text(at(order, 'idTag')),
      buyer: text(at(order, 'buyerApp', 'bapId')),
      transactionId: text(at(order, 'becknTransactionId')),
      charger: text(at(order, 'connector', 'chargePointId')),
      authorised: Number(at(order, 'authorised')),
      state: text(at(order, 'state')),
      finals: reading.callbacks.filter((one) => one.orderId === id && one.final && !asked.has(one.messageId)),
    };
  }
}

/** When the order was over, by its own final message; never when there is none. */
export function overAt(order: Confirmed): number {
  return order.finals[0]?.madeAt ?? Infinity;
}

export function discrepanciesOf(found: Case, order: string, ...kinds: string[]): readonly Discrepancy[] {
  return found.discrepancies.filter((one) => one.order === order && kinds.includes(one.kind));
}

/** The items of a list that the key calls equal. */
export function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

export { list };
