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
  const action = 'MeterValues';
  const route = version.routes.get(action);
  const sent: unknown = JSON.parse(raw);
  if (!route || !isPayload(sent)) return [];
  const { request: check, identity } = route;
  const payload = changed(quirks, 'inbound', action, sent);
  const read = check(payload)
    ? soften({ version: version.name, action, kind: 'request', check, identity }, payload)
    : { payload, violation: undefined };
  if (read.violation) return [];
  const event = route.read(read.payload, raw, at);
  return event.type === 'meter-sampled' ? event.samples : [];
}
