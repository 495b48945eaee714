/** Reads meter messages that were stored as received. */
import type { MeterSample } from '../../domain/model/command.js';
import type { MeterEntry } from '../../ports/stored-records.js';
import { isPayload } from '../frames/payload.js';
import { validateLeniently } from '../leniency/lenient-validation.js';
import type { Quirk } from '../quirks/quirk.js';
import { applyQuirks, quirksFor } from '../quirks/registry.js';
import { OCPP_VERSIONS } from '../ocpp-versions.js';
import type { OcppVersion } from '../versions/version.js';

/**
 * Reads the samples of a stored MeterValues or TransactionEvent payload.
 * @param quirks The configured quirks. Detected ones are not needed: they never change the bill, and coercion has the
 *               same effect.
 * @unit   `at` is epoch ms; it applies to samples whose own time cannot be read.
 */
export function readStoredPayload(
  version: OcppVersion,
  raw: string,
  at: number,
  quirks: readonly Quirk[],
): readonly MeterSample[] {
  const sent: unknown = JSON.parse(raw);
  if (!isPayload(sent)) return [];
  const action = 'transactionInfo' in sent ? 'TransactionEvent' : 'MeterValues';
  const route = version.routes.get(action);
  if (!route) return [];
  const { name } = version;
  const applied = quirksFor(name, quirks);
  const formed = applyQuirks(applied, 'inbound', { version: name, action, payload: sent });
  const { checkRequest: check, billingFields } = route;
  const message = { version: name, action, kind: 'request', check, billingFields } as const;
  const payload = check(formed) ? validateLeniently(message, formed).payload : formed;
  return version.readMeterSamples(applyQuirks(applied, 'meaning', { version: name, action, payload }), at);
}

/** Reads a journal entry in the OCPP version that its charge point last used; 1.6 if that is unknown. */
export function readStoredMeterValues(
  entry: MeterEntry,
  versionName: string | undefined,
  quirks: readonly Quirk[] = [],
): readonly MeterSample[] {
  const version = OCPP_VERSIONS.find(({ name }) => name === versionName) ?? OCPP_VERSIONS[0];
  return version ? readStoredPayload(version, entry.raw, entry.receivedAt, quirks) : [];
}
