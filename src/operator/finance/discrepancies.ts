/** What is owed, what did not match, and what the chargers told: the lists that finance asks for. */
import type { RequestHandler } from 'express';
import { transactionCursor } from '../../ports/store.js';
import type { OperatorDeps } from '../http/deps.js';
import { outbox } from '../operations/owed-callbacks.js';
import { NOTE_RULE, noteOf } from '../http/closing-note.js';
import { idOf, pageOf, readPage, text } from '../http/paging.js';
import { badParameter, notFound } from '../http/problem.js';

export function owed({ insight, clock }: OperatorDeps): RequestHandler {
  return (_req, res) => {
    const list = outbox(insight.orders(), insight.owedRequests());
    const oldest = list[0];
    const oldestS = oldest === undefined ? 0 : Math.max(0, Math.round((clock.now() - oldest.owedSince) / 1000));
    res.json({ count: list.length, oldestS, owed: list });
  };
}

export function rows({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return badParameter(res, 'limit', read.problem);
    const open = text(req, 'open');
    const found = await store.listRows({ ...read.page, ...(open === undefined ? {} : { open: open === 'true' }) });
    const { items, next } = pageOf(found, read.page, (row) => row.id);
    res.json({ rows: items, next });
  };
}

export function closeRow({ store, events, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idOf(req);
    const note = noteOf(req);
    if (note === undefined) return badParameter(res, 'note', NOTE_RULE);
    const row = await store.closeRow(id, note, clock.now());
    if (row === undefined) return notFound(res, 'row', id, '/api/rows');
    events.emit('row.closed', { rowId: id, kind: row.kind });
    res.json(row);
  };
}

export function transactions({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return badParameter(res, 'limit', read.problem);
    const chargePointId = text(req, 'chargePointId');
    const found = await store.listTransactions({
      ...read.page,
      ...(chargePointId === undefined ? {} : { chargePointId }),
      ...(text(req, 'open') === 'true' ? { open: true } : {}),
      ...(text(req, 'orphans') === 'true' ? { orphans: true } : {}),
    });
    const { items, next } = pageOf(found, read.page, transactionCursor);
    res.json({ transactions: items.map(({ raw: _raw, ...item }) => item), next });
  };
}
