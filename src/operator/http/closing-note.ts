/** Reads the notes with which an operator closes an order or a discrepancy, or lifts a quarantine. */
import type { Request } from 'express';

const MAX_NOTE_LENGTH = 1000;

export const NOTE_RULE = `must be text of 1 to ${MAX_NOTE_LENGTH} characters that says what was done`;

/** Returns a text of the body, trimmed; `undefined` unless it has 1 to `maxLength` characters. */
export function readNote(req: Pick<Request, 'body'>, field = 'note', maxLength = MAX_NOTE_LENGTH): string | undefined {
  const body: unknown = req.body;
  const note: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined;
  return typeof note === 'string' && note.trim() !== '' && note.length <= maxLength ? note.trim() : undefined;
}
