/**
 * Judges a run by its traffic and by the final content of the store. It knows the guarantees and the tariffs, and
 * imports no rule of the product.
 */
import { checkBuyers } from './check-buyers.js';
import { checkChargers } from './check-chargers.js';
import { checkRequests } from './check-requests.js';
import { checkOutcomes } from './check-outcomes.js';
import { checkTime } from './check-time.js';
import { checkFlow } from './check-flow.js';
import { checkLimits } from './check-limits.js';
import { checkLedger, type Posted } from './check-ledger.js';
import { checkMoney } from './check-money.js';
import { checkPayments } from './check-payments.js';
import { checkStations } from './check-stations.js';
import type { Timed } from '../runtime/history.js';
import { at, isDict, list, text } from '../runtime/json.js';
import { type Callback, readHistory, type Reading } from './wire-reading.js';

export interface Violation {
  readonly invariant: string;
  readonly seed: number;
  /** Virtual time as an ISO timestamp. */
  readonly at: string;
  readonly order?: string;
  readonly problem: string;
}

/** A confirmed order as the store holds it. Its history is read from the traffic. */
export interface ConfirmedOrder {
  readonly id: string;
  readonly tag: string;
  readonly buyer: string;
  readonly transactionId: string;
  readonly charger: string;
  readonly authorised: number;
  readonly state: string;
  /** The kind of limit: `energy`, `amount`, `time` or `soc`. */
  readonly limitKind: string;
  /** The code of the order's end; empty before. */
  readonly outcome: string;
  /**
   * The delivered energy in the stored bill, Wh; `NaN` without a bill. Used only if the dialect does not state the
   * energy.
   */
  readonly storedWh: number;
  /** Epoch ms; `NaN` for an order without deadlines. */
  readonly startBy: number;
  readonly endBy: number;
  /** All copies of the unsolicited terminal callback. */
  readonly finals: readonly Callback[];
}

export interface Discrepancy {
  readonly kind: string;
  readonly detail: string;
  readonly order: string;
  readonly transaction: string;
  /** In a unit that depends on the kind; NaN if it is absent. */
  readonly amount: number;
}

export interface RunRecord extends Reading {
  readonly orders: readonly ConfirmedOrder[];
  /** The ids of all orders, including drafts, by Beckn transaction. */
  readonly ordersOf: ReadonlyMap<string, readonly string[]>;
  readonly discrepancies: readonly Discrepancy[];
  readonly ledger: readonly Posted[];
  /** Every stored transaction as `charger/transactionId`, and whether its stop is stored. */
  readonly storedTransactions: ReadonlyMap<string, boolean>;
  /** Returns the first time at or after `t` when the bridge was up, epoch ms. */
  readonly upAfter: (t: number) => number;
  readonly report: (invariant: string, t: number, problem: string, order?: string) => void;
}

export interface RunEvidence {
  readonly seed: number;
  readonly history: readonly Timed[];
  /** The final content of the store as plain JSON. */
  readonly orders: readonly unknown[];
  readonly discrepancies: readonly unknown[];
  readonly transactions: readonly unknown[];
  readonly ledger: readonly unknown[];
}

export function check(evidence: RunEvidence): Violation[] {
  const { seed } = evidence;
  const reading = readHistory(evidence.history);
  const violations: Violation[] = [];
  const requestIds = new Set(reading.requests.map((request) => request.messageId));
  const ordersOf = new Map<string, string[]>();
  for (const order of evidence.orders) {
    const transactionId = text(at(order, 'becknTransactionId'));
    ordersOf.set(transactionId, [...(ordersOf.get(transactionId) ?? []), text(at(order, 'id'))]);
  }
  const record: RunRecord = {
    ...reading,
    ordersOf,
    orders: evidence.orders.filter((order) => at(order, 'idTag') !== undefined).map((order) => confirmed(order)),
    discrepancies: evidence.discrepancies.map((discrepancy) => ({
      kind: text(at(discrepancy, 'kind')),
      detail: text(at(discrepancy, 'detail')),
      order: text(at(discrepancy, 'orderId')),
      transaction: text(at(discrepancy, 'transactionId')),
      amount: Number(at(discrepancy, 'amount')),
    })),
    ledger: evidence.ledger.map((one) => ({
      order: text(at(one, 'orderId')),
      kind: text(at(one, 'kind')),
      lines: list(at(one, 'lines')).map((line) => ({
        account: text(at(line, 'account')),
        amount: Number(at(line, 'amount')),
      })),
    })),
    storedTransactions: new Map(
      evidence.transactions.map((one) => [
        `${text(at(one, 'chargePointId'))}/${text(at(one, 'transactionId'))}`,
        isDict(at(one, 'stop')),
      ]),
    ),
    upAfter: (t) => {
      const died = reading.deaths.filter((death) => death <= t).at(-1) ?? 0;
      const up = reading.prices.find((one) => one.t >= died)?.t ?? Infinity;
      return Math.max(t, up);
    },
    report: (invariant, t, problem, order) =>
      void violations.push({
        invariant,
        seed,
        at: new Date(t).toISOString(),
        ...(order !== undefined && { order }),
        problem,
      }),
  };
  checkChargers(record);
  checkBuyers(record);
  checkMoney(record);
  checkLedger(record);
  checkFlow(record);
  checkRequests(record);
  checkTime(record);
  checkPayments(record);
  checkOutcomes(record);
  checkLimits(record);
  checkStations(record);
  return violations;

  function confirmed(order: unknown): ConfirmedOrder {
    const id = text(at(order, 'id'));
    return {
      id,
      tag: text(at(order, 'idTag')),
      buyer: text(at(order, 'customer', 'bapId')),
      transactionId: text(at(order, 'becknTransactionId')),
      charger: text(at(order, 'connector', 'chargePointId')),
      authorised: Number(at(order, 'authorised')),
      state: text(at(order, 'state')),
      limitKind: text(at(order, 'limit', 'kind')),
      outcome: text(at(order, 'outcome', 'code')),
      storedWh: Number(at(order, 'bill', 'deliveredWh')),
      startBy: Number(at(order, 'deadlines', 'startBy')),
      endBy: Number(at(order, 'deadlines', 'endBy')),
      finals: reading.callbacks.filter((one) => one.orderId === id && one.final && !requestIds.has(one.messageId)),
    };
  }
}

/** Checks whether a presented tag is that of the order. A charger may append up to two characters. */
export function isTagOf({ tag }: ConfirmedOrder, presented: string): boolean {
  return presented.startsWith(tag) && presented.length <= tag.length + 2;
}

/**
 * Returns the delivered energy in the terminal callback, Wh, or that in the store if the dialect omits it; `undefined`
 * if neither has any.
 */
export function deliveredOf({ storedWh, finals }: ConfirmedOrder): number | undefined {
  return finals[0]?.order?.deliveredWh ?? (Number.isNaN(storedWh) ? undefined : storedWh);
}

/** Returns when the order ended, according to its final status, or `Infinity` without one. */
export function overAt(order: ConfirmedOrder): number {
  return order.finals[0]?.madeAt ?? Infinity;
}

export function discrepanciesOf(record: RunRecord, order: string, ...kinds: string[]): readonly Discrepancy[] {
  return record.discrepancies.filter((discrepancy) => discrepancy.order === order && kinds.includes(discrepancy.kind));
}

export function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const groupKey = key(item);
    const group = groups.get(groupKey);
    if (group) group.push(item);
    else groups.set(groupKey, [item]);
  }
  return groups;
}
