/** The four charging options of `uei:charging` and their scales, which the dialect itself leaves open. */
import type { RequestedLimit } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import { formatMinor, parseMinor } from '../../../domain/model/money.js';
import type { ChargingOptions } from '../../../domain/model/network.js';
import type { Limit } from '../../../domain/model/quote.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readDecimal, readText } from '../../protocol/json-reading.js';
import { tagEntry, findGroup, tagGroup, type TagEntry } from '../core-1x/tags.js';
import { CURRENCY, trimZeros } from '../core-1x/figures.js';

/** Below these a value was meant in the bigger unit; above them in the smaller one. Nobody buys 5 Wh or 3000 kWh. */
const PLAUSIBLE_RANGE = { minWh: 100, maxKwh: 500, minSeconds: 60, maxMinutes: 24 * 60 } as const;

const OPTION_KINDS = { soc: 'soc', units: 'energy', unit: 'energy', amount: 'amount', time: 'time' } as const;
const OPTION_NAMES = {
  soc: { lower: 'soc', capital: 'SoC' },
  energy: { lower: 'units', capital: 'Units' },
  amount: { lower: 'amount', capital: 'Amount' },
  time: { lower: 'time', capital: 'Time' },
} as const;

type OptionKind = Limit['kind'];

/** The option that a code names, in any case. */
export function optionKindOf(code: string | undefined): OptionKind | undefined {
  for (const [spelling, kind] of Object.entries(OPTION_KINDS)) if (spelling === code) return kind;
  return undefined;
}

/**
 * The one option that a buyer selected, in the house's units.
 * @unit   `units`: Wh or kWh, `time`: seconds or minutes, as the value's own unit says, else `short_desc`, else the
 *         peer's setting. `amount`: rupees of charging cost before taxes and fees. `soc`: percent.
 * @errors `option-missing` unless exactly one is named; `option-out-of-range` for a number that is none, is not
 *         positive, or can only have been meant in another unit. `undefined` when the group is absent.
 */
export function readOption(tags: unknown, path: string, peer: PeerSettings): RequestedLimit | undefined {
  const found = findGroup(tags, path, 'selected-charging-option');
  if (!found) return undefined;
  const known = found.entries.flatMap((item) => {
    const kind = optionKindOf(item.code);
    return kind === undefined ? [] : [{ item, kind }];
  });
  const [only] = known;
  if (only === undefined || known.length !== 1) {
    const detail = known.length === 0 ? 'none was named' : `${known.length} were named`;
    return { refusal: { code: 'option-missing', path: `${found.path}.list`, detail } };
  }
  const read = readValue(only.kind, only.item, peer);
  if (typeof read === 'number') return { limit: { kind: only.kind, value: read } };
  return { refusal: { code: 'option-out-of-range', path: `${only.item.path}.value`, detail: read.problem } };
}

/** The value in the house's unit, or what is wrong with it. */
function readValue(kind: OptionKind, item: TagEntry, peer: PeerSettings): number | { readonly problem: string } {
  const number = readDecimal(item.value);
  if (number === undefined) return { problem: `${kind} is not a number` };
  if (number <= 0) return { problem: `${kind} must be more than 0` };
  const stated = readStatedUnit(item);
  switch (kind) {
    case 'soc':
      return number <= 100 ? Math.round(number) || 1 : { problem: `soc is a percentage, ${number} is above 100` };
    case 'amount':
      return parseMinor(readText(item.value) ?? '', CURRENCY) || { problem: 'amount is not a sum of rupees' };
    case 'energy':
      return toBaseUnit(number, stated ?? peer.units, {
        big: { unit: 'kWh', factor: 1000, max: PLAUSIBLE_RANGE.maxKwh },
        small: { unit: 'Wh', min: PLAUSIBLE_RANGE.minWh },
      });
    case 'time':
      return toBaseUnit(number, stated ?? peer.time, {
        big: { unit: 'min', factor: 60, max: PLAUSIBLE_RANGE.maxMinutes },
        small: { unit: 's', min: PLAUSIBLE_RANGE.minSeconds },
      });
  }
}

interface Scale {
  readonly big: { readonly unit: string; readonly factor: number; readonly max: number };
  readonly small: { readonly unit: string; readonly min: number };
}

// A wrong scale is a thousandfold wrong bill, so a doubtful one is asked back, never guessed.
function toBaseUnit(number: number, unit: string, { big, small }: Scale): number | { readonly problem: string } {
  if (unit === big.unit) {
    return number <= big.max
      ? Math.max(1, Math.round(number * big.factor))
      : {
          problem: `read as ${big.unit}, ${number} is above ${big.max}; if ${small.unit} are meant, say so in the value`,
        };
  }
  return number >= small.min
    ? Math.round(number)
    : {
        problem: `read as ${small.unit}, ${number} is below ${small.min}; if ${big.unit} are meant, say so in the value`,
      };
}

function readStatedUnit(item: TagEntry): string | undefined {
  const said = /[a-z]+\.?\s*$/i.exec(readText(item.value) ?? '')?.[0] ?? '';
  for (const word of [said, readText(valueAt(item.raw, 'descriptor', 'short_desc')) ?? '']) {
    const plain = word.toLowerCase().replace(/[.\s]/g, '');
    if (plain === 'kwh') return 'kWh';
    if (plain === 'wh') return 'Wh';
    if (/^min(ute)?s?$/.test(plain)) return 'min';
    if (/^s(ec(ond)?s?)?$/.test(plain)) return 's';
  }
  return undefined;
}

/** One option entry with its scale stated. */
export function optionEntry(limit: Limit, peer: PeerSettings): JsonObject {
  const names = OPTION_NAMES[limit.kind];
  const { value, unit } = formatOption(limit, peer);
  return tagEntry(names[peer.optionCase], names.capital, value, unit);
}

function formatOption(limit: Limit, peer: PeerSettings): { readonly value: string; readonly unit: string } {
  switch (limit.kind) {
    case 'soc':
      return { value: String(limit.value), unit: 'percent' };
    case 'amount':
      return { value: trimZeros(formatMinor(limit.value, CURRENCY)), unit: CURRENCY };
    case 'energy':
      return peer.units === 'kWh'
        ? { value: String(limit.value / 1000), unit: 'kWh' }
        : { value: String(limit.value), unit: 'Wh' };
    case 'time':
      // a whole number of seconds is not always a neat number of minutes
      return peer.time === 'min'
        ? { value: String(Math.round((limit.value / 60) * 100) / 100), unit: 'min' }
        : { value: String(limit.value), unit: 's' };
  }
}

/** What a buyer may ask for and the most of each. */
export function availableOptions(options: ChargingOptions, peer: PeerSettings): JsonObject {
  const kinds: readonly OptionKind[] = ['soc', 'energy', 'amount', 'time'];
  const entries = kinds.flatMap((kind) => {
    const value = options[kind];
    return value === undefined ? [] : [optionEntry({ kind, value }, peer)];
  });
  return tagGroup('available-charging-options', 'Available Charging Options', entries);
}

export function optionMissing(path: string): Refusal {
  return { code: 'option-missing', path };
}
