/** Lists the dialects of the sandbox by the names that the bridge gives them. */
import { CAMEL_CASE, SNAKE_CASE } from '../buyer-app/envelope.js';
import type { Json } from '../runtime/json.js';
import type { Dialect } from './dialect.js';
import { dentEvCharging, evChargingUei, ueiEvCharging } from './ev-charging.js';
import { lts } from './lts.js';
import { ubc } from './ubc.js';
import { ueiCharging, ueiChargingPulse } from './uei-charging.js';

export const DIALECTS = {
  'uei-charging-1.0.0': ueiCharging,
  'uei-charging-pulse': ueiChargingPulse,
  'dent-ev-charging': dentEvCharging,
  'uei-ev-charging': ueiEvCharging,
  'ev-charging-uei': evChargingUei,
  'ubc-2.0.0': ubc,
  'lts-2.0.0': lts,
} as const satisfies { readonly [name: string]: Dialect };

export type DialectName = keyof typeof DIALECTS;

export const DIALECT_NAMES = Object.keys(DIALECTS) as readonly DialectName[];

export const isDialectName = (text: string): text is DialectName => Object.hasOwn(DIALECTS, text);

/** Returns domain and version, such as `uei:charging 1.0.0`. */
export const displayName = ({ envelope: { domain, version } }: Dialect): string => `${domain} ${version}`;

/**
 * Finds the dialect of a context by its domain.
 * @returns `undefined` if the domain is unknown or that of `expected`.
 */
export function dialectOfDomain(context: Json, expected: Dialect): DialectName | undefined {
  const domain = [SNAKE_CASE, CAMEL_CASE].map((names) => context[names.domain]).find((value) => value !== undefined);
  if (domain === expected.envelope.domain) return undefined;
  return DIALECT_NAMES.find((name) => DIALECTS[name].envelope.domain === domain);
}
