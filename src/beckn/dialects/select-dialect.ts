/** Selects the dialect of a message. */
import type { BecknDialect } from '../protocol/dialect.js';
import type { WireContext } from '../protocol/wire.js';
import type { JsonObject } from '../protocol/wire.js';
import { valueAt, readText } from '../protocol/json-reading.js';

/** Matches domains of the UEI family, including those of private networks. */
const UEI_NETWORK_DOMAIN = /(^|:)(uei|dent)(:|$)/;
const CORE_1X_VERSION = /^1\.\d+(\.\d+)?$/;

/**
 * Selects the dialect configured for the peer; else the first one that matches the context; else, if the context states
 * version 1.x or none and a domain of the UEI family, the first one that the message resembles.
 */
export function selectDialect(
  dialects: readonly BecknDialect[],
  context: WireContext,
  message: JsonObject,
  configured: string | undefined,
): BecknDialect | undefined {
  if (configured !== undefined) return dialects.find(({ name }) => name === configured);
  const exact = dialects.find((dialect) => dialect.matches(context));
  if (exact) return exact;
  const version = readText(valueAt(context, 'version')) ?? '1.1.0';
  if (!UEI_NETWORK_DOMAIN.test(readText(valueAt(context, 'domain')) ?? '') || !CORE_1X_VERSION.test(version))
    return undefined;
  return dialects.find((dialect) => dialect.resembles?.(context, message));
}
