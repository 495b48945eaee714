/**
 * The header of every answer on the operator's listener. It tells a client that a bridge answers, and not another
 * program that speaks HTTP at that address.
 */
const [NAME, VALUE] = ['bridge-program', 'beckn-ocpp-bridge'];

export const ANSWER_HEADER: readonly [name: string, value: string] = [NAME, VALUE];

/** @param headers Keyed by name in lower case. */
export function isFromBridge(headers: { readonly [name: string]: unknown }): boolean {
  return headers[NAME] === VALUE;
}

/** Describes an answer that does not come from a bridge. @param source Where the address comes from. */
export function describeStranger(url: string, status: number, source: string): { message: string; hint: string } {
  return {
    message: `Something else than the bridge answers at ${url} (${source}): HTTP ${status} without the header ${NAME}.`,
    hint: 'serve prints the right address as operator=URL. A bridge that runs since before an update must be restarted.',
  };
}
