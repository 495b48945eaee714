/**
 * Reads the prices of an OCPI tariff. Anything that may change a price and that our tariffs cannot express is a fault,
 * so that nothing is sold at a price that the source does not state.
 * @source OCPI 2.2.1 §11, 2.3.0 §11 (Tariffs)
 */
import { exponentOf } from '../../../domain/model/money.js';
import type { Json } from '../../../domain/model/object.js';
import { isObject, numberOf, textOf, type OcpiObject } from './json-values.js';

const COMPONENT_TYPES: ReadonlySet<string> = new Set(['ENERGY', 'TIME', 'PARKING_TIME', 'FLAT']);

/** Our names of the OCPI restrictions that mean the same in our tariffs. Their values are text here, numbers below. */
const TEXT_RESTRICTIONS: ReadonlyMap<string, string> = new Map([
  ['start_time', 'startTime'],
  ['end_time', 'endTime'],
  ['start_date', 'startDate'],
  ['end_date', 'endDate'],
]);
const NUMBER_RESTRICTIONS: ReadonlyMap<string, string> = new Map([
  ['min_kwh', 'minKwh'],
  ['max_kwh', 'maxKwh'],
  ['min_duration', 'minDuration'],
  ['max_duration', 'maxDuration'],
]);

export interface TariffElementEdit {
  readonly priceComponents: readonly ComponentEdit[];
  readonly restrictions?: { readonly [name: string]: Json };
}

export interface ComponentEdit {
  readonly type: string;
  readonly price: number;
  readonly stepSize?: number;
  readonly vatBps?: number;
}

export class TariffElements {
  readonly #currency: string;
  readonly #fault: (rule: string, value: unknown) => void;

  /** @param fault Called for each rule that the tariff breaks, with the value that breaks it. */
  constructor(currency: string, fault: (rule: string, value: unknown) => void) {
    this.#currency = currency;
    this.#fault = fault;
  }

  /** Reads the elements, and leaves out those without a readable price. A tariff with no price at all is a fault. */
  read(tariff: OcpiObject): TariffElementEdit[] {
    const elements = this.#list(tariff, 'elements').flatMap((element) => {
      const priceComponents = this.#components(element);
      const restrictions = this.#restrictions(element['restrictions']);
      if (priceComponents.length === 0) return [];
      return [{ priceComponents, ...(Object.keys(restrictions).length > 0 && { restrictions }) }];
    });
    if (elements.length === 0) this.#fault('has no price', tariff['elements']);
    return elements;
  }

  /** Reads a bound on the total price before taxes: `excl_vat` in OCPI 2.2.1, `before_taxes` in 2.3.0. */
  bound(tariff: OcpiObject, name: 'min_price' | 'max_price'): number | undefined {
    const price = tariff[name];
    if (price === undefined || price === null) return undefined;
    const member = isObject(price) ? ['excl_vat', 'before_taxes'].find((each) => price[each] !== undefined) : undefined;
    if (isObject(price) && member !== undefined) return this.#amount(price, member, name);
    this.#fault(`has a ${name} without an amount before taxes`, price);
    return undefined;
  }

  #components(element: OcpiObject): ComponentEdit[] {
    const components = this.#list(element, 'price_components').flatMap((component): ComponentEdit[] => {
      const type = textOf(component, 'type') ?? '';
      if (!COMPONENT_TYPES.has(type)) {
        this.#fault('has a price component of an unknown type', component['type']);
        return [];
      }
      const [price, vatBps] = [this.#amount(component, 'price', `price of ${type}`), this.#vatBps(component)];
      const stepSize = this.#stepSize(component);
      if (price === undefined) return [];
      return [{ type, price, ...(stepSize > 1 && { stepSize }), ...(vatBps !== undefined && { vatBps }) }];
    });
    const types = components.map(({ type }) => type);
    const twice = types.find((type, index) => types.indexOf(type) < index);
    if (twice !== undefined) this.#fault('has two prices of one type in an element', twice);
    return components;
  }

  /** @unit Major units in, minor units out. */
  #amount(object: OcpiObject, member: string, name: string): number | undefined {
    const amount = numberOf(object, member);
    if (amount === undefined || amount < 0) {
      this.#fault(`needs a number from 0 as its ${name}`, object[member]);
      return undefined;
    }
    const digits = exponentOf(this.#currency);
    const scaled = amount * 10 ** digits;
    const minor = exactly(scaled);
    if (scaled > Number.MAX_SAFE_INTEGER) this.#fault(`has a ${name} that is too large`, object[member]);
    else if (minor === undefined)
      this.#fault(`has a ${name} with more decimal places than ${this.#currency} has (${digits})`, object[member]);
    return minor;
  }

  /** @unit Percent in, hundredths of a percent out. */
  #vatBps(component: OcpiObject): number | undefined {
    const { vat } = component;
    if (vat === undefined || vat === null) return undefined;
    const rate = exactly((numberOf(component, 'vat') ?? NaN) * 100);
    if (rate === undefined) this.#fault('needs a percentage with at most two decimal places as its vat', vat);
    return rate;
  }

  #stepSize(component: OcpiObject): number {
    const { step_size: step } = component;
    if (step === undefined || step === null) return 1;
    const size = numberOf(component, 'step_size') ?? NaN;
    if (Number.isSafeInteger(size) && size >= 0) return size;
    this.#fault('needs an integer from 0 as its step_size', step);
    return 1;
  }

  /**
   * Reads the restrictions of an element. An unknown one is a fault: if it were ignored, the price would be charged
   * where it does not apply.
   */
  #restrictions(stated: unknown): { [name: string]: Json } {
    const kept: { [name: string]: Json } = {};
    if (stated === undefined || stated === null) return kept;
    if (!isObject(stated)) this.#fault('has restrictions that are no object', stated);
    for (const [name, value] of Object.entries(isObject(stated) ? stated : {})) {
      if (value === null || value === undefined) continue;
      const [text, number] = [TEXT_RESTRICTIONS.get(name), NUMBER_RESTRICTIONS.get(name)];
      const read = restrictionOf(stated as OcpiObject, name, number !== undefined);
      if (text === undefined && number === undefined && name !== 'day_of_week')
        this.#fault(`has a price that depends on ${name}, which cannot be charged`, value);
      else if (read === undefined) this.#fault(`has an unreadable ${name}`, value);
      else if (!Array.isArray(read) || read.length > 0) kept[text ?? number ?? 'dayOfWeek'] = read;
    }
    return kept;
  }

  #list(object: OcpiObject, name: string): readonly OcpiObject[] {
    const value = object[name];
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    const objects = list.filter(isObject);
    if (!Array.isArray(value) || objects.length < list.length)
      this.#fault(`needs a list of objects as its ${name}`, value);
    return objects;
  }
}

function restrictionOf(restrictions: OcpiObject, name: string, isNumber: boolean): Json | undefined {
  if (name !== 'day_of_week') return isNumber ? numberOf(restrictions, name) : textOf(restrictions, name);
  const days = restrictions[name];
  return Array.isArray(days) && days.every((day) => typeof day === 'string') ? days : undefined;
}

/** Removes the rounding error of a scaled number; `undefined` if the exact result is not an integer. */
function exactly(scaled: number): number | undefined {
  const integer = Math.round(scaled);
  return Number.isSafeInteger(integer) && Math.abs(scaled - integer) < 1e-6 ? integer : undefined;
}
