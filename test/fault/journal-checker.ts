/**
 * Judges a journey by what was on the wires and by what the operator is shown at the end; knows nothing of how it
 * was done. Its arithmetic is its own.
 */
import { parseHundredths } from '../../src/sandbox/buyer-app/catalogue-reading.js';
import { textOf, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import { detailsOf, refundOf, rowsOf, totalOf } from '../e2e/shopper.js';
import { TARIFF } from '../e2e/world.js';
import { idOf, orderOf, type WireJournal } from './wire-journal.js';

export interface Evidence {
  readonly journal: WireJournal;
  readonly orderId: string;
  /** Minor units. */
  readonly paid: number;
  /** True when energy was to flow. */
  readonly charged: boolean;
  /** Kinds of reconciliation rows that may come of this story. */
  readonly rows: readonly string[];
  /** What the payment provider has really done, where we collect. */
  readonly collected?:
    { readonly payments: number; readonly paid: number; readonly refunds: readonly number[] } | undefined;
  /** Callbacks whose signature the buyer app did not believe. */
  readonly rejected: readonly string[];
  /** The operator's answers, asked when everything had come to rest. */
  readonly operator: {
    readonly order: Json;
    readonly orders: readonly Json[];
    readonly transactions: readonly Json[];
    readonly rows: readonly Json[];
    readonly owed: number;
  };
}

const TERMINAL = new Set(['completed', 'cancelled', 'failed']);

const halfUp = (value: number, by: number): number => Math.floor((value + by / 2) / by);
const inside = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((here, key) => (isJson(here) ? here[key] : undefined), value);

/** Minor units for so much energy, Wh. */
export function priceOf(energyWh: number): { cost: number; total: number } {
  const cost = halfUp(energyWh * TARIFF.pricePerKwh, 1_000);
  const fee = energyWh > 0 ? TARIFF.serviceFee : 0;
  return { cost, total: cost + fee + halfUp((cost + fee) * TARIFF.gstBps, 10_000) };
}

/** Every promise that was broken, as a sentence; empty when all were kept. */
export function brokenPromises(evidence: Evidence): string[] {
  return [
    ...oneTransaction(evidence),
    ...oneEnding(evidence),
    ...everyRequestAnswered(evidence),
    ...nothingAcknowledgedLost(evidence),
    ...billedByTheMeter(evidence),
    ...collectedOnce(evidence),
    ...atRest(evidence),
  ];
}

const unless = (holds: boolean, sentence: string): string[] => (holds ? [] : [sentence]);

function oneTransaction({ journal, charged, operator, orderId }: Evidence): string[] {
  const starts = journal.calls('StartTransaction');
  const sessions = new Set(starts.map(({ payload }) => `${String(payload.timestamp)} ${String(payload.meterStart)}`));
  const tags = new Set([
    ...starts.map(({ payload }) => String(payload.idTag)),
    ...journal.toCharger.filter((call) => call.action === 'RemoteStartTransaction').map((c) => String(c.payload.idTag)),
  ]);
  const numbers = new Set(starts.flatMap(({ result }) => (result ? [result.transactionId] : [])));
  const accepted = starts.every(({ result }) => !result || inside(result, 'idTagInfo', 'status') === 'Accepted');
  const ours = operator.transactions.filter((one) => one.orderId === orderId);
  const expected = charged ? 1 : 0;
  return [
    ...unless(sessions.size === expected, `${sessions.size} sessions began, not ${expected}`),
    ...unless(tags.size <= 1, `${tags.size} tags were used for one order`),
    ...unless(numbers.size === expected, `the session was given the numbers ${[...numbers].join(', ')}`),
    ...unless(accepted, 'the session of the order was not accepted'),
    ...unless(ours.length === expected, `${ours.length} transactions are kept for the order`),
    ...unless(operator.transactions.length === expected, `${operator.transactions.length} transactions are kept`),
  ];
}

/** What was told unasked about the order: requests are answered under their own message ids. */
function unasked({ journal, orderId }: Evidence) {
  const asked = new Set(journal.requests.map((entry) => entry.messageId));
  return journal.distinct('on_status').filter((entry) => idOf(entry) === orderId && !asked.has(entry.messageId));
}

function oneEnding(evidence: Evidence): string[] {
  const news = unasked(evidence);
  // Where we collect, what becomes of the money is told after the end, and everything else stays what it was.
  const told = news.filter((entry) => orderOf(entry).type === 'DEFAULT');
  const endings = evidence.collected ? told.slice(0, 1) : told;
  const bills = new Set(told.map((entry) => JSON.stringify([totalOf(orderOf(entry)), refundOf(orderOf(entry))])));
  const energies = news.flatMap(
    (entry) => parseHundredths(detailsOf(orderOf(entry)).get('energy_delivered') ?? '') ?? [],
  );
  const falling = energies.some((value, index) => value < (energies[index - 1] ?? 0));
  return [
    ...unless(endings.length === 1, `the end was told in ${endings.length} different ways`),
    ...unless(news.at(-1) === told.at(-1) && bills.size === 1, 'something new was told after the end'),
    ...unless(!falling, `the energy that was told fell: ${energies.join(', ')}`),
    ...unless(evidence.rejected.length === 0, `callbacks were not believed: ${evidence.rejected.join('; ')}`),
  ];
}

/** Answers made from the order are the same bytes each time; answers to questions may tell fresher news. */
const SAME_BYTES = ['on_select', 'on_init', 'on_confirm', 'on_update', 'on_cancel'];

function everyRequestAnswered({ journal }: Evidence): string[] {
  const unanswered = journal.requests.filter(
    (request) =>
      journal.acknowledged.has(request.messageId) &&
      !journal.callbacks.some((one) => one.action === `on_${request.action}` && one.messageId === request.messageId),
  );
  const varied = SAME_BYTES.filter((action) => {
    const bodies = journal.distinct(action);
    return new Set(bodies.map((entry) => entry.messageId)).size !== bodies.length;
  });
  return [
    ...unanswered.map((request) => `${request.action} ${request.messageId} was acknowledged and not answered`),
    ...varied.map((action) => `${action} was told twice with different words`),
  ];
}

function nothingAcknowledgedLost({ journal, operator }: Evidence): string[] {
  return journal
    .calls('StopTransaction')
    .filter((call) => call.result)
    .flatMap(({ payload }) => {
      const kept = operator.transactions.find(
        (one) =>
          String(one.transactionId) === String(payload.transactionId) &&
          inside(one, 'stop', 'meterStopWh') === payload.meterStop,
      );
      return unless(kept !== undefined, `the acknowledged StopTransaction at ${String(payload.meterStop)} Wh is lost`);
    });
}

function billedByTheMeter(evidence: Evidence): string[] {
  const { journal, operator, paid, charged } = evidence;
  const ending = unasked(evidence).find((entry) => orderOf(entry).type === 'DEFAULT');
  const told = ending ? orderOf(ending) : {};
  const start = journal.calls('StartTransaction')[0]?.payload;
  const stop = journal.calls('StopTransaction')[0]?.payload;
  const energyWh = charged ? Number(stop?.meterStop) - Number(start?.meterStart) : 0;
  const capWh = Number(inside(operator.order, 'caps', 'energyWh'));
  const { cost, total } = priceOf(Math.min(energyWh, capWh));
  // What is only held does not come back, it is let go.
  const taken = evidence.collected?.paid ?? paid;
  return [
    ...unless(
      !charged || journal.calls('StopTransaction').every((call) => call.payload.meterStop === stop?.meterStop),
      'the charge point told two ends',
    ),
    ...unless(rowsOf(told).get('Charging Cost') === cost, `${energyWh} Wh do not cost what was billed`),
    ...unless(totalOf(told) === total, `the bill says ${totalOf(told)}, the meter ${total}`),
    ...unless(total <= paid, `billed ${total}, authorised ${paid}`),
    ...unless(refundOf(told) === taken - total, `${refundOf(told)} come back, not ${taken - total}`),
    ...unless(inside(operator.order, 'bill', 'total') === total, 'the operator sees another bill'),
    ...unless(
      textOf(told.status) === (charged ? 'COMPLETE' : 'CANCELLED'),
      `the order was told as ${textOf(told.status)}`,
    ),
  ];
}

/** One payment, and what it brought is the bill and one refund of the rest. */
function collectedOnce({ collected, operator }: Evidence): string[] {
  if (!collected) return [];
  const total = Number(inside(operator.order, 'bill', 'total'));
  const back = collected.refunds.reduce((sum, amount) => sum + amount, 0);
  return [
    ...unless(collected.payments === 1, `${collected.payments} payments were asked for`),
    ...unless(collected.refunds.length <= 1, `money went back ${collected.refunds.length} times`),
    ...unless(collected.paid - back === total, `paid ${collected.paid}, back ${back}, billed ${total}`),
    ...unless(
      inside(operator.order, 'payment', 'paid') === collected.paid,
      `the provider took ${collected.paid}, the operator sees ${String(inside(operator.order, 'payment', 'paid'))}`,
    ),
  ];
}

function atRest({ operator, rows }: Evidence): string[] {
  const state = textOf(operator.order.state);
  const kinds = operator.rows.map((row) => textOf(row.kind)).filter((kind) => !rows.includes(kind));
  const strangers = operator.orders.filter((one) => one.id !== operator.order.id && one.state !== 'draft');
  return [
    ...unless(TERMINAL.has(state), `the order is ${state}`),
    ...unless(operator.owed === 0, `${operator.owed} callbacks are owed`),
    ...unless(strangers.length === 0, `${strangers.length} more orders were made`),
    ...unless(kinds.length === 0, `rows for a person: ${kinds.join(', ')}`),
  ];
}
