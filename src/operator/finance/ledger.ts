/** Serves the ledger, and the settlement of a day computed from it. */
import type { RequestHandler } from 'express';
import { type Clock, nextTurn } from '../../ports/runtime.js';
import type { LedgerStore, LedgerPage } from '../../ports/store.js';
import type { LedgerEntry } from '../../domain/model/posting.js';
import type { OperatorDeps } from '../http/deps.js';
import { toPage, readPage, queryParameter } from '../http/paging.js';
import { sendBadParameter } from '../http/problem.js';
import { sortInTurns } from '../http/sort-in-turns.js';
import { sendTexts } from '../http/streaming.js';
import { compareSettlements, settlementLines, SettlementSums } from './settlement-csv.js';

const DAY_MS = 86_400_000;
const PAGE_SIZE = 500;

export function listLedger({ store, config }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return sendBadParameter(res, 'limit', read.problem);
    const day = queryParameter(req, 'day');
    const span = day === undefined ? {} : dayRange(day, config.payments.utcOffsetMin);
    if (!span) return sendBadParameter(res, 'day', DAY_RULE);
    const bapId = queryParameter(req, 'bapId');
    const found = await store.listLedger({ ...read.page, ...span, ...(bapId !== undefined && { bapId }) });
    const { items, next } = toPage(found, read.page, (entry) => entry.id);
    res.json({ entries: items, next });
  };
}

export function downloadSettlement({ store, config, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const day = String(req.params['day']);
    const span = dayRange(day, config.payments.utcOffsetMin);
    if (!span) return sendBadParameter(res, 'day', DAY_RULE);
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

export const DAY_RULE = 'must be a day such as 2026-11-25';

/** Returns a day from midnight to midnight in the time zone of settlements, epoch ms; `undefined` if it is no date. */
export function dayRange(day: string, utcOffsetMin: number): { from: number; until: number } | undefined {
  const midnight = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
  // `Date.parse` reads 2026-02-30 as 2 March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const from = midnight - utcOffsetMin * 60_000;
  return { from, until: from + DAY_MS };
}

/** Reads all matching entries, page by page. Other work runs between two pages, also if the store answers at once. */
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
