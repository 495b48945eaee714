/** Lists and closes discrepancies. */
import type { RequestHandler } from 'express';
import type { OperatorDeps } from '../http/deps.js';
import { NOTE_RULE, readNote } from '../http/closing-note.js';
import { idParameter, toPage, readPage, queryParameter } from '../http/paging.js';
import { sendBadParameter, sendNotFound } from '../http/problem.js';

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
    if (row === undefined) return sendNotFound(res, 'discrepancy', id, '/api/discrepancies');
    events.emit('discrepancy.closed', { discrepancyId: id, kind: row.kind });
    res.json(row);
  };
}
