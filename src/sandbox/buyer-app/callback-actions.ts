/** Recognises callbacks by their names, and names the callback that answers a request. */

/** The callbacks of the meta API, whose names do not begin with `on_`. @source Beckn meta API 1.1.1. */
const META_CALLBACKS: ReadonlySet<string> = new Set(['cancellation_reasons', 'return_reasons', 'rating_categories']);

export function isCallback(action: string): boolean {
  return /^on_[a-z_]+$/.test(action) || META_CALLBACKS.has(action);
}

/**
 * Returns the name of the callback to a request: `on_select` for `select`, `rating_categories` for
 * `get_rating_categories`.
 */
export function callbackAction(action: string): string {
  return action.startsWith('get_') ? action.slice('get_'.length) : `on_${action}`;
}
