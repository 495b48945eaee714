/** Implements paging by `?limit=50&cursor=…`; a response contains the cursor of the next page. */
import type { Request } from 'express';
import type { Page } from '../../ports/store.js';
import {
  queryNumber,
  queryParameter,
  textParameter,
  timeParameter,
  wholeParameter,
  type Parameters,
} from './parameters.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

export const PAGE_PARAMETERS: Parameters = {
  limit: wholeParameter(1, MAX_LIMIT, `The size of a page; ${DEFAULT_LIMIT} by default.`),
  cursor: textParameter('The `next` of the previous page.', 1000),
};

export const TIME_PARAMETERS: Parameters = {
  from: timeParameter('Keeps what is not earlier.'),
  to: timeParameter('Keeps what is earlier.'),
};

/** Reads the page parameters of a checked query. */
export function readPage(req: Pick<Request, 'query'>): Page {
  const after = queryParameter(req, 'cursor');
  return { limit: queryNumber(req, 'limit') ?? DEFAULT_LIMIT, ...(after === undefined ? {} : { after }) };
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

/** Returns the decoded `:id` of the path. */
export function idParameter(req: Pick<Request, 'params'>): string {
  return pathParameter(req, 'id');
}

export function pathParameter(req: Pick<Request, 'params'>, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}
