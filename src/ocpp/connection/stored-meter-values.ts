/** A meter message that was kept as it came, read again. */
import type { MeterEntry } from '../../ports/stored-records.js';
import type { MeterSample } from '../../domain/model/command.js';
import { isPayload } from '../frames/frame.js';
import { applyQuirks, quirksFor } from '../quirks/registry.js';
import type { Quirk } from '../quirks/quirk.js';
import { OCPP_VERSIONS } from './connections.js';
import { validateLeniently } from '../leniency/lenient-validation.js';
import type { OcppVersion } from '../versions/version.js';

/**
 * @param quirks Those configured for the charge point: the ones that change what is billed are never found out alone.
 * @unit  `at` epoch ms, for samples whose own time cannot be read.
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
  const payload = applyQuirks(quirksFor(version.name, quirks), 'inbound', action, sent);
  const { checkRequest: check, billingFields: identity } = route;
  const message = { version: version.name, action, kind: 'request', check, billingFields: identity } as const;
  return version.readMeterSamples(check(payload) ? validateLeniently(message, payload).payload : payload, at);
}

/** The same for an entry of the journal: by the version that its charge point last spoke; 1.6 unless it is known. */
export function readStoredMeterValues(
  entry: MeterEntry,
  version: string | undefined,
  quirks: readonly Quirk[] = [],
): readonly MeterSample[] {
  const speaks = OCPP_VERSIONS.find((other) => other.name === version) ?? OCPP_VERSIONS[0];
  return speaks ? readStoredPayload(speaks, entry.raw, entry.receivedAt, quirks) : [];
}
