/** Sends long responses in pieces. Other work can run between two pieces, and a slow client slows the writing down. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { type Clock, nextTurn } from '../../ports/runtime.js';
import { withIsoTimes } from './answer-forms.js';

/** How many lines or items form one piece: a few milliseconds of work. */
const PIECE_SIZE = 250;

type TurnClock = Pick<Clock, 'callSoon'>;

/** Sends a JSON object in one piece, with the RFC 3339 form of its times. */
export function sendJson(res: Response, body: object): void {
  res.json(withIsoTimes(body));
}

/** Sends texts one after another. They are generated only as fast as the client reads them, until it disconnects. */
export async function sendTexts(
  res: Response,
  texts: Iterable<string> | AsyncIterable<string>,
  clock: TurnClock,
): Promise<void> {
  try {
    await pipeline(Readable.from(joinPieces(texts, clock)), res);
  } catch (error) {
    if (!isHangUp(error)) throw error;
  }
}

/**
 * Sends a JSON object whose last field is a long list.
 * @param head The other fields.
 * @param list The field's name and its items, which are generated as they are sent.
 */
export function sendList(
  res: Response,
  head: object,
  [name, items]: readonly [name: string, items: Iterable<object>],
  clock: TurnClock,
): Promise<void> {
  res.type('json');
  return sendTexts(res, listTexts(JSON.stringify(withIsoTimes(head)), name, items), clock);
}

/** Maps the items only as they are needed. */
export function* mapLazily<T, U>(items: Iterable<T>, map: (item: T) => U): Iterable<U> {
  for (const item of items) yield map(item);
}

function* listTexts(head: string, name: string, items: Iterable<object>): Iterable<string> {
  yield `${head.slice(0, -1)}${head === '{}' ? '' : ','}${JSON.stringify(name)}:[`;
  let separator = '';
  for (const item of items) {
    yield separator + JSON.stringify(withIsoTimes(item));
    separator = ',';
  }
  yield ']}';
}

async function* joinPieces(texts: Iterable<string> | AsyncIterable<string>, clock: TurnClock): AsyncIterable<string> {
  if (!(Symbol.iterator in texts)) {
    yield* joinAsyncPieces(texts);
    return;
  }
  let piece: string[] = [];
  for (const text of texts) {
    piece.push(text);
    if (piece.length < PIECE_SIZE) continue;
    yield piece.join('');
    piece = [];
    await nextTurn(clock);
  }
  if (piece.length > 0) yield piece.join('');
}

/**
 * Joins texts into pieces without waiting for turns, because the asynchronous generators used here do so themselves.
 */
async function* joinAsyncPieces(texts: AsyncIterable<string>): AsyncIterable<string> {
  let piece: string[] = [];
  for await (const text of texts) {
    piece.push(text);
    if (piece.length < PIECE_SIZE) continue;
    yield piece.join('');
    piece = [];
  }
  if (piece.length > 0) yield piece.join('');
}

function isHangUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
