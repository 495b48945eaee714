/** A meter message that was kept as it came, read again. */
import type { MeterSample } from '../domain/command.js';
import { isPayload } from './frame.js';
import { changed } from './quirks/registry.js';
import type { Quirk } from './quirks/quirk.js';
import { soften } from './soften.js';
import type { OcppVersion } from './versions/version.js';

/**
 * @param quirks Those configured for the charge point: the ones that change what is billed are never found out alone.
 * @unit  `at` epoch ms, for samples whose own time cannot be read.
 */
export function readKeptMeter(
  version: OcppVersion,
  raw: string,
  at: number,
  quirks: readonly Quirk[],
): readonly MeterSample[] {
  const sent: unknown = JSON.parse(raw);
  if (!isPayload(sent)) return [];
  const action = 'eventType' in sent ? 'TransactionEvent' : 'MeterValues';
  const route = version.routes.get(action);
  if (!route) return [];
  const { request: check, identity } = route;
  const payload = changed(quirks, 'inbound', action, sent);
  const read = check(payload)
    ? soften({ version: version.name, action, kind: 'request', check, identity }, payload)
    : { payload, violation: undefined };
  return read.violation ? [] : version.samplesOf(read.payload, at);
}
