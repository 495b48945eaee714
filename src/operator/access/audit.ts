/** Lists the audit record: who did what through the API. */
import type { RequestHandler } from 'express';
import type { AuditEntry } from '../../ports/stored-records.js';
import type { OperatorDeps } from '../http/deps.js';
import { readPage, toPage } from '../http/paging.js';
import { queryTexts, queryTimes } from '../http/parameters.js';
import { sendJson } from '../http/streaming.js';

export const OUTCOMES: readonly AuditEntry['outcome'][] = ['begun', 'done', 'refused', 'failed'];

export function listAudit({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const page = readPage(req);
    const { outcome, ...texts } = queryTexts(req, ['who', 'address', 'act', 'targetKind', 'targetId', 'outcome']);
    const kept = OUTCOMES.find((one) => one === outcome);
    const found = await store.listAudit({ ...page, ...queryTimes(req), ...texts, ...(kept && { outcome: kept }) });
    const { items, next } = toPage(found, page, (entry) => entry.id);
    sendJson(res, { entries: items, next });
  };
}
