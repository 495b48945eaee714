/** Lists, applies and detects the quirks. A new quirk needs a file of its own and an entry in `QUIRKS`. */
import type { OcppJVersion } from '../frames/frame-rules.js';
import type { Payload } from '../frames/payload.js';
import { errorCodeError } from './error-code-error.js';
import { kwhLabelledWh } from './kwh-labelled-wh.js';
import { kwhWithoutUnitAtEnd } from './kwh-without-unit-at-end.js';
import { labelledResults } from './labelled-results.js';
import { nullMembers } from './null-members.js';
import { numericValues } from './numeric-values.js';
import type { Quirk } from './quirk.js';
import { singleSampledValue } from './single-sampled-value.js';
import { startWithoutProfile } from './start-without-profile.js';
import { timeWithoutZone } from './time-without-zone.js';
import { whLabelledKwh } from './wh-labelled-kwh.js';
import { wholeSecondTimes } from './whole-second-times.js';

/** All quirks, in the order in which they apply. */
export const QUIRKS: readonly Quirk[] = [
  errorCodeError,
  labelledResults,
  nullMembers,
  numericValues,
  singleSampledValue,
  startWithoutProfile,
  timeWithoutZone,
  // First the labels that are there, then those that are missing.
  whLabelledKwh,
  kwhLabelledWh,
  kwhWithoutUnitAtEnd,
  wholeSecondTimes,
];

/**
 * Returns the quirks with these names, in the order in which they apply.
 * @errors Throws if a name is unknown; the settings have been checked against the same list.
 */
export function quirksByName(names: readonly string[]): readonly Quirk[] {
  const unknown = names.find((name) => !QUIRKS.some((quirk) => quirk.name === name));
  if (unknown !== undefined) throw new Error(`there is no quirk ${unknown}`);
  return QUIRKS.filter(({ name }) => names.includes(name));
}

interface Message {
  readonly version: OcppJVersion;
  readonly action: string;
  readonly payload: Payload;
}

export function applyQuirks(
  quirks: readonly Quirk[],
  direction: 'inbound' | 'meaning' | 'call' | 'answer',
  { version, action, payload }: Message,
): Payload {
  return quirks.reduce((current, quirk) => quirk[direction]?.(action, current, version) ?? current, payload);
}

export function quirksFor(version: OcppJVersion, quirks: readonly Quirk[]): readonly Quirk[] {
  return quirks.filter(({ versions }) => versions?.includes(version) ?? true);
}

/** Returns the auto-detected quirks that a faulty message reveals, without those that already apply. */
export function detectQuirks(
  version: OcppJVersion,
  applied: readonly Quirk[],
  action: string,
  payload: Payload,
): readonly Quirk[] {
  return quirksFor(version, QUIRKS).filter(
    (quirk) => quirk.autoDetected && !applied.includes(quirk) && quirk.inbound?.(action, payload, version) !== payload,
  );
}
