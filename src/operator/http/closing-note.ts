/** What a person writes when closing something: text that says what was done. */
import type { Request } from 'express';

const LONGEST = 1000;

export const NOTE_RULE = `must be text of 1 to ${LONGEST} characters that says what was done`;

/** The body's `note`, without spaces around it; `undefined` where it breaks `NOTE_RULE`. */
export function noteOf(req: Pick<Request, 'body'>): string | undefined {
  const body: unknown = req.body;
  const note = typeof body === 'object' && body !== null && 'note' in body ? body.note : undefined;
  return typeof note === 'string' && note.trim() !== '' && note.length <= LONGEST ? note.trim() : undefined;
}
