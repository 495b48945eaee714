/** Recognises OCPI objects in a JSON or YAML file. Turns these, and objects pulled from a peer, into edits. */
import type { Steps } from '../../../domain/model/object.js';
import type { Edit } from '../edits/edits.js';
import { type Fault, shownValue } from '../edits/fault.js';
import { isObject, type OcpiObject } from './json-values.js';
import { locationEdits, type ChargePointNames } from './location-edits.js';
import { tariffEdits } from './tariff-edits.js';

/** OCPI objects that were pulled from a peer, with their source in place of a file name. */
export interface PulledObjects {
  readonly source: string;
  readonly objects: readonly unknown[];
}

/**
 * Returns the members of an OCPI file; `undefined` if none of them is an OCPI object.
 * @shape A list, a response with `data`, or one object.
 */
export function ocpiObjects(value: unknown): readonly unknown[] | undefined {
  const data = isObject(value) && 'data' in value ? value['data'] : value;
  const members: readonly unknown[] = Array.isArray(data) ? data : [data];
  return members.some((one) => isObject(one) && (isLocation(one) || isTariff(one))) ? members : undefined;
}

export interface OcpiEdits {
  readonly edits: readonly Edit[];
  readonly faults: readonly Fault[];
  /** Statements in the source that the network cannot express, such as a tariff's end. They do not stop the import. */
  readonly warnings: readonly string[];
}

/**
 * Maps tariffs first, because connectors refer to them. Each object is one step. What is neither a location nor a
 * tariff is a fault.
 * @param now Epoch ms.
 */
export function* ocpiEdits(
  file: string,
  members: readonly unknown[],
  { names, now }: { readonly names: ChargePointNames; readonly now: number },
): Steps<OcpiEdits> {
  const edits: Edit[] = [];
  const warnings: string[] = [];
  const objects = members.filter(isObject);
  const faults: Fault[] = members
    .filter((one) => !isObject(one) || !(isTariff(one) || isLocation(one)))
    .map((one) => ({ file, value: shownValue((isObject(one) && one['id']) || one), rule: NEITHER }));
  for (const object of [...objects.filter(isTariff), ...objects.filter(isLocation)]) {
    const mapped = isTariff(object) ? tariffEdits(file, object, now) : locationEdits(file, object, names);
    edits.push(...mapped.edits);
    faults.push(...mapped.faults);
    warnings.push(...mapped.warnings);
    yield;
  }
  return { edits, faults, warnings };
}

const NEITHER = 'is neither a location with coordinates, nor a tariff with currency and elements';

function isLocation(object: OcpiObject): boolean {
  return 'coordinates' in object && ('evses' in object || 'party_id' in object);
}

function isTariff(object: OcpiObject): boolean {
  return 'elements' in object && 'currency' in object;
}
