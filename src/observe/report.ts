/** Tells a fault of the store from a bug, in one place. */
import type { Events } from '../ports/events.js';
import { StoreFault } from '../ports/store.js';

/**
 * Reports an error that nobody waits for: `store.failed` for a StoreFault, `bug` for anything else.
 * @param where The work that failed, in a few words: `remote-start`, `retention`.
 * @param detail Ids that help to find it. Never a secret, a name or a body.
 */
export function report(
  events: Events,
  where: string,
  error: unknown,
  detail: { readonly [key: string]: unknown } = {},
): void {
  if (error instanceof StoreFault) events.emit('store.failed', { ...detail, where, problem: String(error) });
  else events.emit('bug', { ...detail, where, error });
}
