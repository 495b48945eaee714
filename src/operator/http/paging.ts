/** Implements paging by `?limit=50&cursor=…`; a response contains the cursor of the next page. */
import type { Request } from 'express';
import type { Page } from '../../ports/store.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** @errors Returns the rule that `limit` breaks as `problem`. */
export function readPage(req: Request): { page: Page } | { problem: string } {
  const limit = queryParameter(req, 'limit');
  const count = limit === undefined ? DEFAULT_LIMIT : Number(limit);
  if (!Number.isInteger(count) || count < 1 || count > MAX_LIMIT)
    return { problem: `must be a whole number from 1 to ${MAX_LIMIT}` };
  const after = queryParameter(req, 'cursor');
  return { page: { limit: count, ...(after === undefined ? {} : { after }) } };
}

/** @returns The items and, if there may be more, the cursor of the next page. */
export function toPage<T>(
  items: readonly T[],
  { limit }: Page,
  cursor: (item: T) => string,
): { items: readonly T[]; next?: string } {
  const last = items.at(-1);
  return items.length === limit && last !== undefined ? { items, next: cursor(last) } : { items };
}

/** Returns a query parameter; `undefined` if it is absent, empty or repeated. */
export function queryParameter(req: Request, name: string): string | undefined {
  const value = req.query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The decoded `:id` of the path. */
export function idParameter(req: Request): string {
  const { id } = req.params;
  return typeof id === 'string' ? id : '';
}
