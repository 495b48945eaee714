/**
 * Reads and writes the cells of CSV files, and converts between the units that people write and those that are stored.
 */
import { exponentOf } from '../../../domain/model/money.js';
import type { Json } from '../../../domain/model/object.js';
import { nearestName } from '../../../config/nearest-name.js';
import { needsApostrophe } from './spreadsheet-cells.js';

type CellReading = { readonly value: Json } | { readonly rule: string; readonly didYouMean?: string };

export interface CellFormat {
  /** @param currency The currency of the row's tariff, for amounts. */
  read(text: string, currency: string | undefined): CellReading;
  write(value: Json, currency: string | undefined): string;
  readonly isNumber?: true;
}

export const text: CellFormat = {
  read: (cell) => ({ value: cell.startsWith("'") && needsApostrophe(cell.slice(1)) ? cell.slice(1) : cell }),
  write: (value) => {
    const plain = String(value).trim();
    return needsApostrophe(plain) ? `'${plain}` : plain;
  },
};

const NUMBER = /^[+-]?\d+(?:[.,]\d+)?$/;
const NUMBER_RULE = 'must be a number such as 7.4 or 7,4, without separators of thousands';
const SIZE_RULE = 'is too large';

function parseNumber(cell: string): number | undefined {
  return NUMBER.test(cell) ? Number(cell.replace(',', '.')) : undefined;
}

/** Decimal degrees. */
export const decimal: CellFormat = {
  read: (cell) => {
    const value = parseNumber(cell);
    return value === undefined ? { rule: NUMBER_RULE } : { value };
  },
  write: (value) => String(value),
  isNumber: true,
};

/** The allowed relative error: quotients such as seconds in minutes have no exact decimal form. */
const TOLERANCE = 1e-6;

/** The relative rounding error of a product. An amount of money is written in full, so it has no other error. */
const BINARY_TOLERANCE = 1e-12;

/**
 * A number that is stored as an integer after multiplication by `factor`, such as kW stored in W.
 * @param tolerance The allowed relative error.
 */
export function scaled(factor: number, tolerance = TOLERANCE): CellFormat {
  return {
    read: (cell) => {
      const number = parseNumber(cell);
      if (number === undefined) return { rule: NUMBER_RULE };
      const exact = number * factor;
      const value = Math.round(exact);
      if (!Number.isSafeInteger(value)) return { rule: SIZE_RULE };
      if (Math.abs(exact - value) <= tolerance * Math.max(1, Math.abs(value))) return { value };
      return { rule: factor === 1 ? 'must be a whole number' : 'has more decimal places than can be stored' };
    },
    write: (value) => String(Number(value) / factor),
    isNumber: true,
  };
}

/** An amount in major units of the tariff's currency, such as rupees, with as many decimals as the currency has. */
export const money: CellFormat = {
  read: (cell, currency) => {
    if (currency === undefined) return { rule: 'needs the currency of its tariff' };
    const reading = scaled(10 ** exponentOf(currency), BINARY_TOLERANCE).read(cell, currency);
    if (!('rule' in reading) || reading.rule === NUMBER_RULE || reading.rule === SIZE_RULE) return reading;
    return { rule: `has more decimal places than ${currency} has (${exponentOf(currency)})` };
  },
  write: (value, currency) => {
    const digits = exponentOf(currency ?? '');
    return (Number(value) / 10 ** digits).toFixed(digits);
  },
  isNumber: true,
};

/** @param values The values that the cell may have; case does not matter. */
export function choice(values: readonly string[]): CellFormat {
  return {
    read: (cell) => {
      const value = values.find((one) => one.toLowerCase() === cell.toLowerCase());
      if (value !== undefined) return { value };
      const meant = nearestName(cell, values);
      return { rule: `must be one of ${values.join(', ')}`, ...(meant !== undefined && { didYouMean: meant }) };
    },
    write: (value) => String(value),
  };
}

/** Several texts separated by bars. If one of them contains a bar, for example, they are a JSON list instead. */
export const list: CellFormat = {
  read: (cell) => {
    if (cell.startsWith('[')) return json.read(cell, undefined);
    const items = text.read(cell, undefined);
    if ('rule' in items) return items;
    return {
      value: String(items.value)
        .split('|')
        .map((item) => item.trim()),
    };
  },
  write: (value) => {
    const items = (value as readonly Json[]).map(String);
    const isPlain =
      items.length > 0 && items.every((item) => item !== '' && item === item.trim() && !item.includes('|'));
    return isPlain && !items[0]?.startsWith('[') ? text.write(items.join('|'), undefined) : JSON.stringify(items);
  },
};

/** JSON as in the network file, for values that have no simpler form. */
export const json: CellFormat = {
  read: (cell) => {
    try {
      return { value: JSON.parse(cell) as Json };
    } catch {
      return { rule: 'must be JSON, as in the network file' };
    }
  },
  write: (value) => JSON.stringify(value),
};

const TAX = /^(.+?) +(\d+(?:[.,]\d{1,2})?) ?% +on +([a-z+ -]+?)(?: +split +(.+))?$/i;
const TAX_RULE = 'must be such as "GST 18% on energy+service-fee split CGST+SGST", several with | between them';

/**
 * Taxes such as `GST 18% on energy+service-fee split CGST+SGST`, several separated by bars. Those that cannot be
 * written in this form are JSON.
 */
export const taxes: CellFormat = {
  read: (cell) => {
    if (cell.startsWith('[')) return json.read(cell, undefined);
    const value: Json[] = [];
    for (const part of cell.split('|')) {
      const match = TAX.exec(part.trim());
      if (!match) return { rule: TAX_RULE };
      const [, name = '', percent = '', on = '', split] = match;
      const names = (joined: string): string[] => joined.split('+').map((one) => one.trim());
      value.push({
        name,
        rateBps: Math.round(Number(percent.replace(',', '.')) * 100),
        on: names(on.toLowerCase()),
        ...(split !== undefined && { split: names(split) }),
      });
    }
    return { value };
  },
  write: (value) => {
    const written = (value as readonly { name: string; rateBps: number; on: string[]; split?: string[] }[])
      .map(
        ({ name, rateBps, on, split }) =>
          `${name} ${rateBps / 100}% on ${on.join('+')}${split ? ` split ${split.join('+')}` : ''}`,
      )
      .join(' | ');
    const reading = taxes.read(written, undefined);
    const isPlain = 'value' in reading && JSON.stringify(reading.value) === JSON.stringify(value);
    return isPlain && !needsApostrophe(written) ? written : JSON.stringify(value);
  },
};
