/** Reports errors in background work as store failures or as bugs. */
import type { Events } from '../ports/events.js';
import { StoreFault } from '../ports/store.js';

/**
 * Reports an error that no caller handles: as `store.failed` if it is a StoreFault, otherwise as `bug`.
 * @param where The work that failed, such as `remote-start` or `retention`.
 * @param detail Ids that help to find the cause; never a secret, a name or a body.
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
