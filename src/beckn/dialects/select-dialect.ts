/** Which dialect a message is in. */
import type { BecknDialect } from '../protocol/dialect.js';
import type { WireContext } from '../protocol/wire.js';
import type { JsonObject } from '../protocol/wire.js';
import { valueAt, readText } from '../protocol/json-reading.js';

/** Somebody's own name for a network of this family. */
const UEI_NETWORK_DOMAIN = /(^|:)(uei|dent)(:|$)/;
const CORE_1X_VERSION = /^1\.\d+(\.\d+)?$/;

/**
 * The one that is named for the peer; else the one whose domain and version the context has; else, under a domain that
 * looks like a UEI network's, the first that the message resembles.
 */
export function selectDialect(
  dialects: readonly BecknDialect[],
  context: WireContext,
  message: JsonObject,
  named: string | undefined,
): BecknDialect | undefined {
  if (named !== undefined) return dialects.find((one) => one.name === named);
  const exact = dialects.find((one) => one.matches(context));
  if (exact) return exact;
  const version = readText(valueAt(context, 'version')) ?? '1.1.0';
  if (!UEI_NETWORK_DOMAIN.test(readText(valueAt(context, 'domain')) ?? '') || !CORE_1X_VERSION.test(version))
    return undefined;
  return dialects.find((one) => one.resembles?.(context, message));
}
