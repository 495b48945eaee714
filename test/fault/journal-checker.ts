/**
 * Judges a journey by its traffic and by what the operator sees at the end. It knows nothing about the implementation
 * and has its own arithmetic.
 */
import { parseHundredths } from '../../src/sandbox/buyer-app/catalogue-reading.js';
import { isJson, textOf, type Json } from '../../src/sandbox/runtime/json.js';
import { detailsOf, refundOf, priceLinesOf, totalOf } from '../e2e/shopper.js';
import { TARIFF } from '../e2e/test-system.js';
import { remoteStartTags, startsOf, stopsOf } from './charger-traffic.js';
import { idOf, orderOf, type WireJournal } from './wire-journal.js';

export interface Evidence {
  readonly journal: WireJournal;
  readonly orderId: string;
  /** The amount paid, in minor units. */
  readonly paid: number;
  /** Whether the scenario delivers energy. */
  readonly charged: boolean;
  /** The kinds of discrepancies that this scenario may leave. */
  readonly discrepancies: readonly string[];
  /** What the payment provider actually did. Absent unless the operator collects. */
  readonly collected?:
    | { readonly payments: number; readonly paid: number; readonly refunds: readonly number[] }
    | undefined;
  /** The action of each callback whose signature or context the buyer app rejected, and the reason. */
  readonly rejected: readonly string[];
  /** The answers of the operator API after the journey. */
  readonly operator: {
    readonly order: Json;
    readonly orders: readonly Json[];
    readonly transactions: readonly Json[];
    readonly discrepancies: readonly Json[];
    readonly owed: number;
  };
}

const TERMINAL = new Set(['completed', 'cancelled', 'failed']);

const halfUp = (value: number, by: number): number => Math.floor((value + by / 2) / by);
const inside = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((here, key) => (isJson(here) ? here[key] : undefined), value);

/** Returns the cost of the energy alone, and the total with fee and tax, in minor units. */
export function priceOf(energyWh: number): { cost: number; total: number } {
  const cost = halfUp(energyWh * TARIFF.pricePerKwh, 1_000);
  const fee = energyWh > 0 ? TARIFF.serviceFee : 0;
  return { cost, total: cost + fee + halfUp((cost + fee) * TARIFF.gstBps, 10_000) };
}

/** Returns a sentence for every broken promise. */
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

const problemUnless = (holds: boolean, sentence: string): string[] => (holds ? [] : [sentence]);

function oneTransaction({ journal, charged, operator, orderId }: Evidence): string[] {
  const starts = startsOf(journal);
  const sessions = new Set(starts.map(({ identity }) => identity));
  const tags = new Set([...starts.map(({ idTag }) => idTag), ...remoteStartTags(journal)]);
  const numbers = new Set(starts.flatMap(({ answer }) => answer?.transactionId ?? []));
  const accepted = starts.every(({ answer }) => answer?.isAccepted ?? true);
  const ours = operator.transactions.filter((one) => one.orderId === orderId);
  const expected = charged ? 1 : 0;
  return [
    ...problemUnless(sessions.size === expected, `${sessions.size} sessions began, not ${expected}`),
    ...problemUnless(tags.size <= 1, `${tags.size} tags were used for one order`),
    ...problemUnless(numbers.size === expected, `the session was given the numbers ${[...numbers].join(', ')}`),
    ...problemUnless(accepted, 'the session of the order was not accepted'),
    ...problemUnless(ours.length === expected, `${ours.length} transactions are stored for the order`),
    ...problemUnless(
      operator.transactions.length === expected,
      `${operator.transactions.length} transactions are stored`,
    ),
  ];
}

/** Returns the on_status callbacks about the order that do not answer a request, as their message ids show. */
function unsolicited({ journal, orderId }: Evidence) {
  const asked = new Set(journal.requests.map((entry) => entry.messageId));
  return journal.distinct('on_status').filter((entry) => idOf(entry) === orderId && !asked.has(entry.messageId));
}

function oneEnding(evidence: Evidence): string[] {
  const news = unsolicited(evidence);
  // If the operator collects, later callbacks report the payment and leave everything else unchanged.
  const ends = news.filter((entry) => orderOf(entry).type === 'DEFAULT');
  const endings = evidence.collected ? ends.slice(0, 1) : ends;
  const bills = new Set(ends.map((entry) => JSON.stringify([totalOf(orderOf(entry)), refundOf(orderOf(entry))])));
  const energies = news.flatMap(
    (entry) => parseHundredths(detailsOf(orderOf(entry)).get('energy_delivered') ?? '') ?? [],
  );
  const falling = energies.some((value, index) => value < (energies[index - 1] ?? 0));
  return [
    ...problemUnless(endings.length === 1, `the end was notified in ${endings.length} different ways`),
    ...problemUnless(news.at(-1) === ends.at(-1) && bills.size === 1, 'something new was notified after the end'),
    ...problemUnless(!falling, `the energy in the callbacks fell: ${energies.join(', ')}`),
    ...problemUnless(evidence.rejected.length === 0, `callbacks were not believed: ${evidence.rejected.join('; ')}`),
  ];
}

/** Callbacks with the same bytes on each delivery. Callbacks to queries may carry newer data. */
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
    ...varied.map((action) => `${action} was sent twice with different contents`),
  ];
}

function nothingAcknowledgedLost({ journal, operator }: Evidence): string[] {
  return stopsOf(journal)
    .filter(({ isAnswered }) => isAnswered)
    .flatMap(({ transactionId, registerWh }) => {
      const kept = operator.transactions.find(
        (one) => String(one.transactionId) === transactionId && inside(one, 'stop', 'meterStopWh') === registerWh,
      );
      return problemUnless(kept !== undefined, `the acknowledged end of the transaction at ${registerWh} Wh is lost`);
    });
}

function billedByTheMeter(evidence: Evidence): string[] {
  const { journal, operator, paid, charged } = evidence;
  const ending = unsolicited(evidence).find((entry) => orderOf(entry).type === 'DEFAULT');
  const final = ending ? orderOf(ending) : {};
  const stops = stopsOf(journal);
  const [start] = startsOf(journal);
  const [stop] = stops;
  const energyWh = charged && start && stop ? stop.registerWh - start.registerWh : 0;
  const capWh = Number(inside(operator.order, 'caps', 'energyWh'));
  const { cost, total } = priceOf(Math.min(energyWh, capWh));
  // A held amount is released, not refunded.
  const taken = evidence.collected?.paid ?? paid;
  return [
    ...problemUnless(
      !charged || stops.every(({ registerWh }) => registerWh === stop?.registerWh),
      'the charge point reported two ends',
    ),
    ...problemUnless(priceLinesOf(final).get('Charging Cost') === cost, `${energyWh} Wh do not cost what was billed`),
    ...problemUnless(totalOf(final) === total, `the bill says ${totalOf(final)}, the meter ${total}`),
    ...problemUnless(total <= paid, `billed ${total}, authorised ${paid}`),
    ...problemUnless(refundOf(final) === taken - total, `${refundOf(final)} come back, not ${taken - total}`),
    ...problemUnless(inside(operator.order, 'bill', 'total') === total, 'the operator sees another bill'),
    ...problemUnless(
      textOf(final.status) === (charged ? 'COMPLETE' : 'CANCELLED'),
      `the order ended as ${textOf(final.status)}`,
    ),
  ];
}

/** There must be one payment, equal to the bill plus the refund of the rest. */
function collectedOnce({ collected, operator }: Evidence): string[] {
  if (!collected) return [];
  const total = Number(inside(operator.order, 'bill', 'total'));
  const back = collected.refunds.reduce((sum, amount) => sum + amount, 0);
  return [
    ...problemUnless(collected.payments === 1, `${collected.payments} payments were asked for`),
    ...problemUnless(collected.refunds.length <= 1, `money went back ${collected.refunds.length} times`),
    ...problemUnless(collected.paid - back === total, `paid ${collected.paid}, back ${back}, billed ${total}`),
    ...problemUnless(
      inside(operator.order, 'payment', 'paid') === collected.paid,
      `the provider took ${collected.paid}, the operator sees ${String(inside(operator.order, 'payment', 'paid'))}`,
    ),
  ];
}

function atRest({ operator, discrepancies }: Evidence): string[] {
  const state = textOf(operator.order.state);
  const kinds = operator.discrepancies.map((one) => textOf(one.kind)).filter((kind) => !discrepancies.includes(kind));
  const strangers = operator.orders.filter((one) => one.id !== operator.order.id && one.state !== 'draft');
  return [
    ...problemUnless(TERMINAL.has(state), `the order is ${state}`),
    ...problemUnless(operator.owed === 0, `${operator.owed} callbacks are owed`),
    ...problemUnless(strangers.length === 0, `${strangers.length} more orders were made`),
    ...problemUnless(kinds.length === 0, `discrepancies: ${kinds.join(', ')}`),
  ];
}
