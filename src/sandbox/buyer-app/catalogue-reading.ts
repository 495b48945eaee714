/** Finding things in the provider's answers, as a buyer app must. */
import { isJson, textOf, type Json } from './buyer-options.js';

/** A value inside JSON by keys and indexes; `undefined` where the path ends early. */
export function valueAt(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((here, key) => {
    if (Array.isArray(here)) return typeof key === 'number' ? here.at(key) : undefined;
    return isJson(here) ? here[String(key)] : undefined;
  }, value);
}

export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The entries of one tag group, value by code; an entry without descriptor has the code ''. */
export function tagValues(holder: unknown, group: string): ReadonlyMap<string, string> {
  const found = asList(valueAt(holder, 'tags')).find((one) => valueAt(one, 'descriptor', 'code') === group);
  return new Map(
    asList(valueAt(found, 'list')).map((one) => [
      textOf(valueAt(one, 'descriptor', 'code')),
      textOf(valueAt(one, 'value')),
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
  /** As told, such as `₹18/kWh`. */
  readonly price: string;
  /** As told, such as `60kW`. */
  readonly power: string;
}

/** The connectors of a catalogue, each with everything above it. */
export function readConnectors(catalogue: unknown): OfferedConnector[] {
  return asList(valueAt(catalogue, 'providers')).flatMap((provider) => {
    const items = asList(valueAt(provider, 'items')).filter(isJson);
    const find = (id: unknown): Json | undefined => items.find((item) => item.id === id);
    return items
      .filter((item) => asList(item.category_ids).includes('connector'))
      .map((item) => {
        const point = find(item.parent_item_id);
        const station = find(point?.parent_item_id);
        return {
          providerId: textOf(valueAt(provider, 'id')),
          providerName: textOf(valueAt(provider, 'descriptor', 'name')),
          stationId: textOf(station?.id),
          stationName: textOf(valueAt(station, 'descriptor', 'name')),
          chargePointId: textOf(point?.id),
          chargePointName: textOf(valueAt(point, 'descriptor', 'name')),
          connectorId: textOf(item.id),
          standard: textOf(valueAt(item, 'descriptor', 'code')),
          status: tagValues(item, 'connector-status').get('status') ?? '',
          price: tagValues(point, 'price').get('') ?? '',
          power: tagValues(item, 'power-rating').get('') ?? '',
        };
      });
  });
}

/** The first decimal number of a text in hundredths: `"₹ 16.3"` is 1630. `undefined` without a number. */
export function parseHundredths(text: string): number | undefined {
  const found = /\d+(\.\d+)?/.exec(text)?.[0];
  return found === undefined ? undefined : Math.round(Number(found) * 100);
}

/** Hundredths as a decimal: 1630 is `16.30`. */
export const formatHundredths = (value: number): string => (value / 100).toFixed(2);
