/** Maps OCPI tariffs to ours. @source OCPI 2.2.1 §11, 2.3.0 §11 (Tariffs) */
import { exponentOf } from '../../../domain/model/money.js';
import type { Json } from '../../../domain/model/object.js';
import type { Edit } from '../edits/edits.js';
import { type Fault, shownValue } from '../edits/fault.js';
import { listOf, numberOf, objectOf, textOf, textsOf, type OcpiObject } from './json-values.js';

const COMPONENT_TYPES: ReadonlySet<string> = new Set(['ENERGY', 'TIME', 'PARKING_TIME', 'FLAT']);

/** OCPI restrictions that have the same meaning in our tariffs, with our names. */
const TEXT_RESTRICTIONS = [
  ['start_time', 'startTime'],
  ['end_time', 'endTime'],
  ['start_date', 'startDate'],
  ['end_date', 'endDate'],
] as const;
const NUMBER_RESTRICTIONS = [
  ['min_kwh', 'minKwh'],
  ['max_kwh', 'maxKwh'],
  ['min_duration', 'minDuration'],
  ['max_duration', 'maxDuration'],
] as const;
/** Restrictions that our prices cannot express: on power, current and reservations. */
const UNSUPPORTED = ['min_current', 'max_current', 'min_power', 'max_power', 'reservation'] as const;

export interface MappedTariff {
  readonly edits: readonly Edit[];
  readonly faults: readonly Fault[];
}

/**
 * Takes all prices of a tariff from the source: a bound or an element that the source has dropped is removed. Fields
 * that OCPI lacks (taxes, the service fee, offers) keep their present value.
 * @unit OCPI prices are decimals in major units, ours are integers in minor units.
 * @shape A tariff with one unrestricted energy price and no VAT gets `pricePerKwh`; all others keep their elements.
 */
export function tariffEdits(file: string, tariff: OcpiObject): MappedTariff {
  const id = textOf(tariff, 'id');
  const currency = textOf(tariff, 'currency');
  if (id === undefined || currency === undefined)
    return {
      edits: [],
      faults: [{ file, value: shownValue(id ?? tariff), rule: 'an OCPI tariff needs an id and a currency' }],
    };
  const faults: Fault[] = [];
  const fault = (rule: string, value?: unknown): void =>
    void faults.push({ file, path: `tariff ${id}`, ...(value !== undefined && { value: shownValue(value) }), rule });
  const minor = (value: number | undefined): number => Math.round((value ?? 0) * 10 ** exponentOf(currency));
  const elements = listOf(tariff, 'elements').flatMap((element) => {
    const restrictions = objectOf(element, 'restrictions');
    for (const name of UNSUPPORTED)
      if (restrictions[name] !== undefined && restrictions[name] !== null)
        fault(`has a price that depends on ${name}, which cannot be charged`, restrictions[name]);
    const components = listOf(element, 'price_components');
    for (const one of components)
      if (!COMPONENT_TYPES.has(textOf(one, 'type') ?? ''))
        fault('has a price component of an unknown type', one['type']);
    const priceComponents = components
      .filter((one) => COMPONENT_TYPES.has(textOf(one, 'type') ?? ''))
      .map((one) => componentOf(one, minor(numberOf(one, 'price'))));
    const kept = restrictionsOf(restrictions);
    return priceComponents.length === 0
      ? []
      : [{ priceComponents, ...(Object.keys(kept).length > 0 && { restrictions: kept }) }];
  });
  const first = elements.find(({ priceComponents }) => priceComponents.some(({ type }) => type === 'ENERGY'));
  const energy = first?.priceComponents.find(({ type }) => type === 'ENERGY');
  const [only] = elements.length === 1 ? elements : [];
  const isPlain =
    only?.priceComponents.length === 1 &&
    energy !== undefined &&
    !('restrictions' in only) &&
    energy.vatBps === undefined;
  const bound = (name: 'min_price' | 'max_price'): number | undefined => {
    const price = tariff[name];
    // OCPI 2.2.1 has `excl_vat`, 2.3.0 `before_taxes`.
    const amount = numberOf(objectOf(tariff, name), 'excl_vat') ?? numberOf(objectOf(tariff, name), 'before_taxes');
    return price === undefined || price === null || amount === undefined ? undefined : minor(amount);
  };
  const edit: Edit = {
    kind: 'tariff',
    key: id,
    fields: {
      currency,
      // Without an energy price in OCPI, energy is free, so energy that no element prices costs nothing.
      pricePerKwh: isPlain && energy ? energy.price : 0,
      elements: isPlain ? undefined : (elements as unknown as Json),
      minPrice: bound('min_price'),
      maxPrice: bound('max_price'),
    },
    origin: { file },
  };
  return { edits: [edit], faults };
}

interface Component {
  readonly type: string;
  readonly price: number;
  readonly stepSize?: number;
  readonly vatBps?: number;
}

function componentOf(component: OcpiObject, price: number): Component {
  const [vat, step] = [numberOf(component, 'vat'), numberOf(component, 'step_size')];
  return {
    type: textOf(component, 'type') ?? '',
    price,
    ...(step !== undefined && step > 1 && { stepSize: Math.round(step) }),
    ...(vat !== undefined && { vatBps: Math.round(vat * 100) }),
  };
}

function restrictionsOf(restrictions: OcpiObject): { [name: string]: Json } {
  const kept: { [name: string]: Json } = {};
  for (const [theirs, ours] of TEXT_RESTRICTIONS) {
    const value = textOf(restrictions, theirs);
    if (value !== undefined) kept[ours] = value;
  }
  for (const [theirs, ours] of NUMBER_RESTRICTIONS) {
    const value = numberOf(restrictions, theirs);
    if (value !== undefined) kept[ours] = value;
  }
  const days = textsOf(restrictions, 'day_of_week');
  if (days.length > 0) kept['dayOfWeek'] = days;
  return kept;
}
