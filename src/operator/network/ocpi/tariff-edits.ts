/** Maps OCPI tariffs to ours. @source OCPI 2.2.1 §11, 2.3.0 §11 (Tariffs) */
import type { Json } from '../../../domain/model/object.js';
import { parseMoment } from '../../../domain/pricing/calendar.js';
import type { Edit } from '../edits/edits.js';
import { type Fault, shownValue } from '../edits/fault.js';
import { partyOf, textOf, type OcpiObject } from './json-values.js';
import { TariffElements } from './tariff-elements.js';

export interface MappedTariff {
  readonly edits: readonly Edit[];
  readonly faults: readonly Fault[];
  /** Statements in the source that the network cannot express: the end of a tariff. They do not stop the import. */
  readonly warnings: readonly string[];
}

/**
 * Takes all prices of a tariff from the source, and removes bounds and elements that it no longer has. Our lists of
 * taxes, fees and offers, which OCPI tariffs do not have, stay as a person set them.
 * @unit OCPI prices are decimals in major units, ours are integers in minor units; `now` in epoch ms.
 * @shape A tariff with one unrestricted energy price, no step size and no VAT gets `pricePerKwh`; all others keep their
 *        elements.
 */
export function tariffEdits(file: string, tariff: OcpiObject, now: number): MappedTariff {
  const id = textOf(tariff, 'id');
  const currency = textOf(tariff, 'currency');
  if (id === undefined || currency === undefined) {
    const rule = 'an OCPI tariff needs an id and a currency';
    return { edits: [], faults: [{ file, value: shownValue(id ?? tariff), rule }], warnings: [] };
  }
  const faults: Fault[] = [];
  const fault = (rule: string, value: unknown): void =>
    void faults.push({ file, path: `tariff ${id}`, ...(value !== undefined && { value: shownValue(value) }), rule });
  const reader = new TariffElements(currency, fault);
  const elements = reader.read(tariff);
  const [only] = elements.length === 1 ? elements : [];
  const [energy] = only?.priceComponents.length === 1 ? only.priceComponents : [];
  const isBare = energy?.type === 'ENERGY' && energy.vatBps === undefined && energy.stepSize === undefined;
  const isPlain = isBare && only?.restrictions === undefined;
  if (textOf(tariff, 'tax_included') === 'YES')
    fault('has prices that include taxes, and ours are before taxes', tariff['tax_included']);
  const edit: Edit = {
    kind: 'tariff',
    key: id,
    fields: {
      currency,
      // Without an energy price in OCPI, energy is free, so energy that no element prices costs nothing.
      pricePerKwh: isPlain ? energy.price : 0,
      elements: isPlain ? undefined : (elements as unknown as Json),
      minPrice: reader.bound(tariff, 'min_price'),
      maxPrice: reader.bound(tariff, 'max_price'),
    },
    origin: { file, subject: `tariff ${id} of ${partyOf(tariff)}` },
  };
  return { edits: [edit], faults, warnings: validityWarnings(tariff, id, { now, fault }) };
}

/**
 * Reports a tariff that is not valid now as a fault, and returns a warning for one that has an end, because our
 * tariffs have no period of validity.
 */
function validityWarnings(
  tariff: OcpiObject,
  id: string,
  { now, fault }: { readonly now: number; readonly fault: (rule: string, value: unknown) => void },
): string[] {
  const [start, end] = ['start_date_time', 'end_date_time'].map((name) => {
    const value = tariff[name];
    if (value === undefined || value === null) return undefined;
    const at = timeOf(value);
    if (at === undefined) fault(`needs a date and time as its ${name}`, value);
    return at;
  });
  if (start !== undefined && start > now)
    fault('is not valid yet; import it after its start', tariff['start_date_time']);
  if (end === undefined) return [];
  if (end <= now) fault('is not valid any more', tariff['end_date_time']);
  return [`tariff ${id} ends at ${shownValue(tariff['end_date_time'])}, and is sold until another import changes it`];
}

/** Reads an OCPI DateTime, which is in UTC if it has no zone. @unit Epoch ms. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return parseMoment(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}
