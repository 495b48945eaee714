/** What is owed, what did not match, and what the chargers told: the lists that finance asks for. */
import type { RequestHandler } from 'express';
import { transactionCursor } from '../../ports/store.js';
import type { OperatorDeps } from '../http/deps.js';
import { owedCallbacks } from '../operations/owed-callbacks.js';
import { NOTE_RULE, readNote } from '../http/closing-note.js';
import { idParameter, toPage, readPage, queryParameter } from '../http/paging.js';
import { sendBadParameter, sendNotFound } from '../http/problem.js';

export function listOwedCallbacks({ view: insight, clock }: OperatorDeps): RequestHandler {
  return (_req, res) => {
    const list = owedCallbacks(insight.openOrders(), insight.owedRequests());
    const oldest = list[0];
    const oldestS = oldest === undefined ? 0 : Math.max(0, Math.round((clock.now() - oldest.owedSince) / 1000));
    res.json({ count: list.length, oldestS, callbacks: list });
  };
}

export function listDiscrepancies({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return sendBadParameter(res, 'limit', read.problem);
    const open = queryParameter(req, 'open');
    const found = await store.listDiscrepancies({
      ...read.page,
      ...(open === undefined ? {} : { open: open === 'true' }),
    });
    const { items, next } = toPage(found, read.page, (row) => row.id);
    res.json({ discrepancies: items, next });
  };
}

export function closeDiscrepancy({ store, events, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const note = readNote(req);
    if (note === undefined) return sendBadParameter(res, 'note', NOTE_RULE);
    const row = await store.closeDiscrepancy(id, note, clock.now());
    if (row === undefined) return sendNotFound(res, 'row', id, '/api/discrepancies');
    events.emit('discrepancy.closed', { rowId: id, kind: row.kind });
    res.json(row);
  };
}

export function listTransactions({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return sendBadParameter(res, 'limit', read.problem);
    const chargePointId = queryParameter(req, 'chargePointId');
    const found = await store.listTransactions({
      ...read.page,
      ...(chargePointId === undefined ? {} : { chargePointId }),
      ...(queryParameter(req, 'open') === 'true' ? { open: true } : {}),
      ...(queryParameter(req, 'unmatched') === 'true' ? { unmatched: true } : {}),
    });
    const { items, next } = toPage(found, read.page, transactionCursor);
    res.json({ transactions: items.map(({ raw: _raw, ...item }) => item), next });
  };
}
