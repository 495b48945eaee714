/**
 * Compares the bridge's view of a scenario with what really happened. `transaction-identity.test.ts` lists the rules.
 */
import { isTerminal, type Order } from '../../../src/domain/model/order.js';
import type { Discrepancy } from '../../../src/ports/stored-records.js';
import type { PhysicalTransaction } from './physical.js';
import type { Result } from './run-scenario.js';

/** The rounding error of two registers in whole Wh. */
const ROUNDING_WH = 2;
/** Energy up to this, in Wh, needs no discrepancy anywhere in the bridge. */
const TOLERATED_WH = 100;

/** Discrepancies that mark the energy or its owner as uncertain. */
const EXPLANATIONS: ReadonlySet<string> = new Set([
  'duplicate-start',
  'end-inferred',
  'late-start',
  'late-stop',
  'meter-assumed',
  'meter-gap',
  'meter-implausible',
  'meter-mismatch',
  'meter-missing',
  'meter-reset',
  'start-assumed',
  'stop-assumed',
  'transaction-contradiction',
  'unmatched-stop',
  'unmatched-transaction',
]);

/** Explanations that leave the bill certain: they concern other messages, or only which order a start names. */
const HARMLESS: ReadonlySet<string> = new Set(['duplicate-start', 'transaction-contradiction', 'start-assumed']);

export function checkResult({ discrepancies, ...facts }: Result): readonly string[] {
  const result = { ...facts, discrepancies: discrepancies.filter(({ closedAt }) => closedAt === undefined) };
  return [
    ...result.orders.flatMap((order) => checkOrder(order, result)),
    ...result.transactions.flatMap((transaction) => checkTransaction(transaction, result)),
  ];
}

function checkOrder(order: Order, result: Result): readonly string[] {
  const { bill, caps, authorised, state, session } = order;
  const found: string[] = [];
  const report = (rule: string, detail: string): void =>
    void found.push(`${rule}: order ${order.id} (${state}) ${detail}`);
  if (!isTerminal(order)) report('R1', 'has not ended');
  const finals = result.finalStatuses.get(order.id) ?? 0;
  if (finals !== 1) report('R1', `got ${finals} terminal statuses`);
  if (!bill) return found;
  if (bill.total > authorised || bill.energyWh > caps.energyWh)
    report('R2', `is billed ${bill.energyWh} Wh and ${bill.total}, of ${caps.energyWh} Wh and ${authorised}`);

  const own = result.transactions.filter(({ driver }) => driver.kind === 'order' && driver.idTag === order.idTag);
  const trueWh = own.reduce((sum, transaction) => sum + transaction.energyWh(), 0);
  const named = result.discrepancies.some(({ orderId, kind }) => orderId === order.id && EXPLANATIONS.has(kind));
  // Energy counts as silent if the delivered messages show it and no discrepancy names it.
  const silentWh = own
    .filter((transaction) => showsEnergy(transaction) && !isNamed(transaction, result))
    .reduce((sum, transaction) => sum + transaction.energyWh(), 0);
  const facts = `${bill.energyWh} Wh billed (${bill.confidence}), ${trueWh} Wh delivered`;
  if (bill.energyWh > trueWh + ROUNDING_WH && !named) report('R3', `pays for the energy of others: ${facts}`);
  const owedWh = Math.min(trueWh, caps.energyWh);
  const isInexact = session !== undefined && bill.confidence !== 'exact';
  if (Math.min(silentWh, caps.energyWh) > bill.energyWh + TOLERATED_WH && !isInexact && !named)
    report('R4', `charges free: ${facts}`);
  const [only, ...more] = own;
  if (only?.clean && more.length === 0 && !session && only.startedAt < (order.outcome?.at ?? 0))
    report('R5', 'has begun in time and got no session');
  if (only?.clean && more.length === 0 && session) {
    // A discrepancy may still say that other messages contradict the session.
    const rows = result.discrepancies
      .filter(({ orderId, kind }) => orderId === order.id && EXPLANATIONS.has(kind))
      .flatMap(({ kind }) => (HARMLESS.has(kind) ? [] : kind));
    if (Math.abs(bill.energyWh - owedWh) > ROUNDING_WH || bill.confidence !== 'exact' || rows.length > 0)
      report('R5', `was reported without a fault and is not exact: ${facts} ${rows.join()}`);
  }
  return found;
}

/** R6: energy that flows without an order must be recorded. */
function checkTransaction(transaction: PhysicalTransaction, result: Result): readonly string[] {
  const { driver, startedAt, wireId } = transaction;
  if (driver.kind === 'order' || driver.kind === 'nobody' || !showsEnergy(transaction)) return [];
  if (isNamed(transaction, result)) return [];
  const isRecorded = result.records.some(
    ({ transactionId, orderId }) => orderId === undefined && transaction.reportedIds.has(transactionId),
  );
  if (driver.kind === 'vouched' && isRecorded) return [];
  const when = new Date(startedAt).toISOString().slice(11, 19);
  return [
    `R6: ${driver.kind} ${driver.idTag} took ${transaction.energyWh()} Wh from ${when} on (${wireId}), and nobody knows`,
  ];
}

/** Checks whether the delivered messages show that energy flowed in the transaction. */
function showsEnergy({ reported }: PhysicalTransaction): boolean {
  if (!reported.some(({ part }) => part !== 'reading')) return false;
  const registers = reported.flatMap(({ registerWh }) => registerWh ?? []);
  return Math.max(...registers) - Math.min(...registers) > TOLERATED_WH;
}

/** Discrepancies about a message that was assigned to an order although it does not name the order. */
const ASSUMPTIONS: ReadonlySet<string> = new Set(['start-assumed', 'stop-assumed']);

/**
 * Checks whether a discrepancy names the transaction: by its id, by the time of a message, or as a gap between
 * registers.
 */
function isNamed(transaction: PhysicalTransaction, { discrepancies }: Result): boolean {
  const isAbout = ({ kind, at, transactionId, detail }: Discrepancy): boolean => {
    if (!EXPLANATIONS.has(kind) || at < transaction.startedAt) return false;
    if (kind === 'meter-gap') return detail.startsWith(`Connector ${transaction.connector.id} `);
    if (ASSUMPTIONS.has(kind) && transaction.reported.some((report) => report.at === at)) return true;
    return transactionId !== undefined && transaction.reportedIds.has(transactionId);
  };
  return discrepancies.some(isAbout);
}
