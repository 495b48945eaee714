/** Which dialect a message is in. */
import type { BecknDialect, JsonObject, WireContext } from '../protocol/dialect.js';
import { at, text } from '../protocol/json-reading.js';

/** Somebody's own name for a network of this family. */
const OF_THIS_FAMILY = /(^|:)(uei|dent)(:|$)/;
const CORE_ONE = /^1\.\d+(\.\d+)?$/;

/**
 * The one that is named for the peer; else the one whose domain and version the context has; else, under a domain that
 * looks like a UEI network's, the first that the message resembles.
 */
export function chooseDialect(
  dialects: readonly BecknDialect[],
  context: WireContext,
  message: JsonObject,
  named: string | undefined,
): BecknDialect | undefined {
  if (named !== undefined) return dialects.find((one) => one.name === named);
  const exact = dialects.find((one) => one.matches(context));
  if (exact) return exact;
  const version = text(at(context, 'version')) ?? '1.1.0';
  if (!OF_THIS_FAMILY.test(text(at(context, 'domain')) ?? '') || !CORE_ONE.test(version)) return undefined;
  return dialects.find((one) => one.resembles?.(context, message));
}
