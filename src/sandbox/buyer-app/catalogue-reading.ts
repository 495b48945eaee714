/** Reads catalogues, tags and amounts from a provider's callbacks. */
import { parseMinor } from '../../domain/model/money.js';
import { asList, isJson, textOf, valueAt, type Json } from '../runtime/json.js';

/** Returns the values of one tag group, keyed by code. The code of an entry without a descriptor is ''. */
export function tagValues(tagged: unknown, group: string): ReadonlyMap<string, string> {
  const found = asList(valueAt(tagged, 'tags')).find((tag) => valueAt(tag, 'descriptor', 'code') === group);
  return new Map(
    asList(valueAt(found, 'list')).map((entry) => [
      textOf(valueAt(entry, 'descriptor', 'code')),
      textOf(valueAt(entry, 'value')),
    ]),
  );
}

export interface OfferedConnector {
  readonly providerId: string;
  readonly providerName: string;
  readonly stationId: string;
  readonly stationName: string;
  readonly chargePointId: string;
  readonly chargePointName: string;
  readonly connectorId: string;
  readonly standard: string;
  readonly status: string;
  /** Exactly as the provider wrote it, such as `₹18/kWh`. */
  readonly price: string;
  /** Exactly as the provider wrote it, such as `60kW`. */
  readonly power: string;
}

/** Returns every connector in a `uei:charging` catalogue with its provider, station and charge point. */
export function readConnectors(catalogue: unknown): OfferedConnector[] {
  return asList(valueAt(catalogue, 'providers')).flatMap((provider) => {
    const items = asList(valueAt(provider, 'items')).filter(isJson);
    const find = (id: unknown): Json | undefined => items.find((item) => item.id === id);
    return items
      .filter((item) => asList(item.category_ids).includes('connector'))
      .map((connector) => {
        const chargePoint = find(connector.parent_item_id);
        const station = find(chargePoint?.parent_item_id);
        return {
          providerId: textOf(valueAt(provider, 'id')),
          providerName: textOf(valueAt(provider, 'descriptor', 'name')),
          stationId: textOf(station?.id),
          stationName: textOf(valueAt(station, 'descriptor', 'name')),
          chargePointId: textOf(chargePoint?.id),
          chargePointName: textOf(valueAt(chargePoint, 'descriptor', 'name')),
          connectorId: textOf(connector.id),
          standard: textOf(valueAt(connector, 'descriptor', 'code')),
          status: tagValues(connector, 'connector-status').get('status') ?? '',
          price: tagValues(chargePoint, 'price').get('') ?? '',
          power: tagValues(connector, 'power-rating').get('') ?? '',
        };
      });
  });
}

/** Reads the first number in a text, in hundredths: 1630 for `"₹ 16.3"`. @returns `undefined` if there is no number. */
export function parseHundredths(text: string): number | undefined {
  const decimal = /\d+(\.\d+)?/.exec(text)?.[0];
  return decimal === undefined ? undefined : Math.round(Number(decimal) * 100);
}

/** Thousands may be separated in groups of three digits, or of two before the last three, as in India. */
const SEPARATED = /^-?\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?$/;

/**
 * Reads the first number in a text as an amount: 1630 for `"₹ 16.3"` in INR. Returns 0 if there is no number, if it has
 * separators that do not mark thousands, or if it has more decimals than the currency allows.
 * @unit Minor units out.
 */
export function readAmount(text: string, currency: string): number {
  const number = /-?\d+([.,]\d+)*/.exec(text)?.[0] ?? '';
  return parseMinor(SEPARATED.test(number) ? number.replaceAll(',', '') : number, currency) ?? 0;
}
