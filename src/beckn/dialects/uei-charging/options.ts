/** Reads and renders the four charging options of `uei:charging`, whose units the dialect does not define. */
import type { RequestedLimit, StatedAmount } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import type { ChargingOptions } from '../../../domain/model/network.js';
import type { Limit } from '../../../domain/model/quote.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { JsonObject } from '../../protocol/wire.js';
import { NUMBER_RULE, valueAt, readMeasure, readText } from '../../protocol/json-reading.js';
import { readAmount } from '../../protocol/stated-amount.js';
import { tagEntry, readGroups, tagGroup, type TagEntry } from '../core-1x/tags.js';
import { formatShortMoney } from '../core-1x/figures.js';

/** A value outside these limits was probably meant in the other unit: 5 Wh and 3000 kWh are not plausible. */
const PLAUSIBLE_RANGE = { minWh: 100, maxKwh: 500, minSeconds: 60, maxMinutes: 24 * 60 } as const;

const OPTION_KINDS = { soc: 'soc', units: 'energy', unit: 'energy', amount: 'amount', time: 'time' } as const;
const OPTION_NAMES = {
  soc: { lower: 'soc', capital: 'SoC' },
  energy: { lower: 'units', capital: 'Units' },
  amount: { lower: 'amount', capital: 'Amount' },
  time: { lower: 'time', capital: 'Time' },
} as const;

type OptionKind = Limit['kind'];

/** Returns the kind of option that a code stands for. @param code In lower case. */
export function optionKindOf(code: string | undefined): OptionKind | undefined {
  for (const [spelling, kind] of Object.entries(OPTION_KINDS)) if (spelling === code) return kind;
  return undefined;
}

/**
 * Reads the option that the buyer selected.
 * @unit   `units`: Wh or kWh; `time`: seconds or minutes. The unit is taken from the value itself, else from
 *         `short_desc`, else from the peer's settings. `amount`: charging cost before taxes and fees, in the
 *         currency that the value or `short_desc` states, else in the order's. `soc`: percent.
 * @shape  `undefined` if the group is absent.
 * @errors `option-missing` unless exactly one option is selected; `option-out-of-range` for a value that is not a
 *         positive number, is too large, is plausible only in another unit, or has an unsuitable unit or currency.
 */
export function readOption(tags: unknown, path: string, peer: PeerSettings): RequestedLimit | undefined {
  // A second group must not be left out, because it may state another limit.
  const groups = readGroups(tags, path).filter(({ code }) => code === 'selected-charging-option');
  const [group] = groups;
  if (!group) return undefined;
  const options = groups.flatMap(({ entries }) =>
    entries.flatMap((entry) => {
      const kind = optionKindOf(entry.code);
      return kind === undefined ? [] : [{ entry, kind }];
    }),
  );
  const [option, second] = options;
  if (option === undefined || second !== undefined) {
    const detail = second === undefined ? 'no option is selected' : `${options.length} options are selected`;
    return { refusal: { code: 'option-missing', path: second?.entry.path ?? `${group.path}.list`, detail } };
  }
  const { kind, entry } = option;
  const value = kind === 'amount' ? readAmountOption(entry) : readValue(kind, entry, peer);
  if (typeof value === 'number') return { limit: { kind, value } };
  if ('decimal' in value) return { amount: value };
  return { refusal: { code: 'option-out-of-range', path: `${option.entry.path}.value`, detail: value.problem } };
}

interface Problem {
  readonly problem: string;
}

/** A decimal with an optional currency before or after it: `"₹ 99.50"`, `"12.500 KWD"`. */
const AMOUNT = /^(?:(₹|rs\.?|[a-z]{3}) ?)?([-.\d]+)(?: ?(rs\.?|rupees?|[a-z]{3}))?$/i;

function readAmountOption({ value, path, raw }: TagEntry): StatedAmount | Problem {
  const written = typeof value === 'string' ? AMOUNT.exec(value) : null;
  const [, before, digits, after] = written ?? [];
  const description = readText(valueAt(raw, 'descriptor', 'short_desc'));
  const unit = readStatedUnit(after ?? before ?? description);
  if (unit !== undefined) return { problem: `${unit} is not a unit of amount` };
  const described = description !== undefined && CURRENCY.test(description) ? toCurrency(description) : undefined;
  const stated = toCurrency(before ?? after);
  for (const other of [toCurrency(after), described]) {
    if (stated !== undefined && other !== undefined && other !== stated)
      return { problem: `the currency ${other} contradicts ${stated}` };
  }
  const amount = readAmount(written ? digits : value, stated ?? described, `${path}.value`);
  if (!amount) return { problem: `amount is not a number; ${NUMBER_RULE}` };
  return Number(amount.decimal) > 0 ? amount : { problem: 'amount must be more than 0' };
}

const RUPEES = /^(?:₹|rs\.?|rupees?)$/i;
/** Matches a description that is a currency. Descriptions may also be other words, so a code must be in upper case. */
const CURRENCY = /^(?:₹|[Rr]s\.?|[Rr]upees?|[A-Z]{3})$/;

function toCurrency(text: string | undefined): string | undefined {
  return text !== undefined && RUPEES.test(text) ? 'INR' : text?.toUpperCase();
}

/** Converts the value to the unit of `Limit`, or returns what is wrong with it. */
function readValue(kind: Exclude<OptionKind, 'amount'>, entry: TagEntry, peer: PeerSettings): number | Problem {
  const { value: number, unit } = readMeasure(entry.value) ?? {};
  if (number === undefined) return { problem: `${kind} is not a number; ${NUMBER_RULE}` };
  if (number <= 0) return { problem: `${kind} must be more than 0` };
  const statedUnit = readStatedUnit(unit ?? readText(valueAt(entry.raw, 'descriptor', 'short_desc')));
  if (statedUnit !== undefined && !UNITS_OF_KIND[kind].includes(statedUnit)) {
    return { problem: `${statedUnit} is not a unit of ${kind}` };
  }
  if (unit !== undefined && !UNITS[kind].test(unit)) return { problem: `${unit} is not a unit of ${kind}` };
  switch (kind) {
    case 'soc':
      return number <= 100 ? Math.round(number) || 1 : { problem: `soc is a percentage, ${number} is above 100` };
    case 'energy':
      return toBaseUnit(number, statedUnit ?? peer.units, {
        big: { unit: 'kWh', factor: 1000, max: PLAUSIBLE_RANGE.maxKwh },
        small: { unit: 'Wh', min: PLAUSIBLE_RANGE.minWh },
      });
    case 'time':
      return toBaseUnit(number, statedUnit ?? peer.time, {
        big: { unit: 'min', factor: 60, max: PLAUSIBLE_RANGE.maxMinutes },
        small: { unit: 's', min: PLAUSIBLE_RANGE.minSeconds },
      });
  }
}

/** The units that each kind may state, as `readStatedUnit` returns them. */
const UNITS_OF_KIND: Readonly<Record<Exclude<OptionKind, 'amount'>, readonly string[]>> = {
  soc: [],
  energy: ['kWh', 'Wh'],
  time: ['min', 's'],
};

interface Scale {
  readonly big: { readonly unit: string; readonly factor: number; readonly max: number };
  readonly small: { readonly unit: string; readonly min: number };
}

// A wrong energy unit would make the bill wrong by a factor of 1000, so a doubtful value is refused.
function toBaseUnit(number: number, unit: string, { big, small }: Scale): number | Problem {
  if (unit === big.unit) {
    return number <= big.max
      ? Math.max(1, Math.round(number * big.factor))
      : {
          problem: `read as ${big.unit}, ${number} is above ${big.max}; if ${small.unit} is meant, state it in the value`,
        };
  }
  return number >= small.min
    ? Math.round(number)
    : {
        problem: `read as ${small.unit}, ${number} is below ${small.min}; if ${big.unit} is meant, state it in the value`,
      };
}

/** Units that may follow the number in a value, such as `"5 kWh"`. */
const UNITS: Readonly<Record<Exclude<OptionKind, 'amount'>, RegExp>> = {
  soc: /^(%|percent)$/,
  energy: /^k?wh$/,
  time: /^(min(ute)?s?|s(ec(ond)?s?)?)$/,
};

function readStatedUnit(text = ''): string | undefined {
  const unit = text.toLowerCase().replace(/[.\s]/g, '');
  if (unit === 'kwh') return 'kWh';
  if (unit === 'wh') return 'Wh';
  if (/^min(ute)?s?$/.test(unit)) return 'min';
  return /^s(ec(ond)?s?)?$/.test(unit) ? 's' : undefined;
}

/** Renders one option as an entry that states its unit. @param currency Used only for an amount. */
export function optionEntry(limit: Limit, currency: string, peer: PeerSettings): JsonObject {
  const names = OPTION_NAMES[limit.kind];
  const { value, unit } = formatOption(limit, currency, peer);
  return tagEntry(names[peer.optionCase], names.capital, value, unit);
}

function formatOption(
  limit: Limit,
  currency: string,
  peer: PeerSettings,
): { readonly value: string; readonly unit: string } {
  switch (limit.kind) {
    case 'soc':
      return { value: String(limit.value), unit: 'percent' };
    case 'amount':
      return { value: formatShortMoney(limit.value, currency), unit: currency };
    case 'energy':
      return peer.units === 'kWh'
        ? { value: String(limit.value / 1000), unit: 'kWh' }
        : { value: String(limit.value), unit: 'Wh' };
    case 'time':
      // The seconds need not make up whole minutes; two decimals are precise enough.
      return peer.time === 'min'
        ? { value: String(Math.round((limit.value / 60) * 100) / 100), unit: 'min' }
        : { value: String(limit.value), unit: 's' };
  }
}

/** Renders the options that a buyer may select, each with its maximum. */
export function availableOptions(options: ChargingOptions, currency: string, peer: PeerSettings): JsonObject {
  const kinds: readonly OptionKind[] = ['soc', 'energy', 'amount', 'time'];
  const entries = kinds.flatMap((kind) => {
    const value = options[kind];
    return value === undefined ? [] : [optionEntry({ kind, value }, currency, peer)];
  });
  return tagGroup('available-charging-options', 'Available Charging Options', entries);
}

export function optionMissing(path: string): Refusal {
  return { code: 'option-missing', path };
}
