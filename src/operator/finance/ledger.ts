/** Serves the ledger, and the settlement of a day computed from it. */
import { isDay } from '../../domain/pricing/calendar.js';
import type { RequestHandler } from 'express';
import { type Clock, nextTurn } from '../../ports/runtime.js';
import type { LedgerStore, LedgerPage } from '../../ports/store.js';
import type { TimeSpan } from '../../ports/stored-records.js';
import type { LedgerEntry, PostingKind } from '../../domain/model/posting.js';
import { withMoney } from '../http/answer-forms.js';
import type { OperatorDeps } from '../http/deps.js';
import { pathParameter, readPage, toPage } from '../http/paging.js';
import { DAY_RULE, queryParameter, queryTexts, queryTimes } from '../http/parameters.js';
import { badParameter, sendProblem } from '../http/problem.js';
import { sortInTurns } from '../http/sort-in-turns.js';
import { sendJson, sendTexts } from '../http/streaming.js';
import { readOfOrder } from '../operations/order-filter.js';
import { compareSettlements, settlementLines, SettlementSums } from './settlement-csv.js';

const DAY_MS = 86_400_000;
const PAGE_SIZE = 500;

export const POSTING_KINDS: readonly PostingKind[] = ['payment', 'bill', 'refund-due', 'refund'];

/** Lists postings. `day` is in the time zone of settlements; `from` and `to` narrow it. */
export function listLedger({ store, config, view }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const page = readPage(req);
    const day = queryParameter(req, 'day');
    const span = day === undefined ? undefined : dayRange(day, config.payments.utcOffsetMin);
    const kind = POSTING_KINDS.find((one) => one === queryParameter(req, 'kind'));
    const orderId = queryParameter(req, 'orderId');
    const order = readOfOrder(req, view, ['network', 'stationId', 'chargePointId', 'connectorId', 'itemId']);
    const found = await store.listLedger({
      ...page,
      ...intersection(queryTimes(req), span),
      ...queryTexts(req, ['bapId', 'becknTransactionId', 'providerId']),
      ...(kind && { kind }),
      ...(orderId !== undefined && { orderIds: [orderId] }),
      ...(order && { order }),
    });
    const { items, next } = toPage(found, page, (entry) => entry.id);
    sendJson(res, { entries: items.map(entryView), next });
  };
}

function entryView({ lines, ...entry }: LedgerEntry): object {
  return {
    ...entry,
    lines: lines.map(({ account, amount }) => ({ account, ...withMoney({ amount }, entry.currency) })),
  };
}

/** Returns the overlap of two spans, which may be empty. */
function intersection(a: TimeSpan, b: TimeSpan | undefined): TimeSpan {
  if (!b) return a;
  const from = Math.max(a.from ?? -Infinity, b.from ?? -Infinity);
  return { from, until: Math.max(from, Math.min(a.until ?? Infinity, b.until ?? Infinity)) };
}

export function downloadSettlement({ store, config, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const day = pathParameter(req, 'day');
    const span = dayRange(day, config.payments.utcOffsetMin);
    if (!span) return sendProblem(res, badParameter('day', DAY_RULE, day));
    const bapId = queryParameter(req, 'bapId');
    const sums = new SettlementSums();
    for await (const page of ledgerPages(store, clock, { ...span, ...(bapId !== undefined && { bapId }) })) {
      if (res.destroyed) return;
      sums.add(page);
    }
    const rows = await sortInTurns(sums.rows(), compareSettlements, clock);
    res.setHeader('Content-Type', 'text/csv; charset=utf-8');
    res.setHeader('Content-Disposition', `attachment; filename="settlement-${day}.csv"`);
    await sendTexts(res, settlementLines(day, rows), clock);
  };
}

/**
 * Returns the start and the exclusive end of a day in the time zone of settlements, in epoch ms; `undefined` if it is
 * not a date.
 */
export function dayRange(day: string, utcOffsetMin: number): { from: number; until: number } | undefined {
  if (!isDay(day)) return undefined;
  const from = Date.parse(`${day}T00:00:00Z`) - utcOffsetMin * 60_000;
  return { from, until: from + DAY_MS };
}

/** Reads all matching entries, page by page. Other work can run between pages, even if the store answers at once. */
export async function* ledgerPages(
  store: LedgerStore,
  clock: Pick<Clock, 'callSoon'>,
  kept: Omit<LedgerPage, 'limit'>,
): AsyncIterable<readonly LedgerEntry[]> {
  for (let after: string | undefined; ;) {
    const page = await store.listLedger({ ...kept, limit: PAGE_SIZE, ...(after !== undefined && { after }) });
    yield page;
    after = page.at(-1)?.id;
    if (page.length < PAGE_SIZE) return;
    await nextTurn(clock);
  }
}
