/** Reads the note with which an operator closes a discrepancy or lifts a quarantine. */
import type { Request } from 'express';

const MAX_NOTE_LENGTH = 1000;

export const NOTE_RULE = `must be text of 1 to ${MAX_NOTE_LENGTH} characters that says what was done`;

/** Returns the trimmed `note` of the body; `undefined` if it breaks `NOTE_RULE`. */
export function readNote(req: Pick<Request, 'body'>): string | undefined {
  const body: unknown = req.body;
  const note = typeof body === 'object' && body !== null && 'note' in body ? body.note : undefined;
  return typeof note === 'string' && note.trim() !== '' && note.length <= MAX_NOTE_LENGTH ? note.trim() : undefined;
}
