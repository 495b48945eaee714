/** Defines a quirk, a named way in which some chargers deviate from the standard. */
import type { Json } from '../../domain/model/object.js';
import type { OcppJVersion } from '../frames/frame-rules.js';
import { isList, isPayload, type Payload } from '../frames/payload.js';

/** A pure function. It returns the given payload itself if there is nothing to change. */
type PayloadTransform = (action: string, payload: Payload, version: OcppJVersion) => Payload;

export interface Quirk {
  readonly name: string;
  /** A sentence or two for the table in the documentation. */
  readonly description: string;
  /** Where the quirk was seen. */
  readonly source: string;
  /** The versions in which this behaviour is a fault; all versions by default. */
  readonly versions?: readonly OcppJVersion[];
  /** Corrects the form of what the charger sends, before it is checked against the schema. */
  readonly inbound?: PayloadTransform;
  /** Corrects what a message means. It gets the valid or coerced message, whose form is that of the version. */
  readonly meaning?: PayloadTransform;
  /** Adapts the payload of our CALLs. */
  readonly call?: PayloadTransform;
  /** Adapts our responses. */
  readonly answer?: PayloadTransform;
  /** If true, our results contain their action, and we understand aliases of actions. */
  readonly labelsResults?: true;
  /** If true, the quirk applies from the first faulty request that `inbound` changes, until the socket closes. */
  readonly autoDetected?: true;
  /** An action, and its payload before and after the quirk applies; in 1.6 unless another version is given. */
  readonly examples: readonly {
    readonly version?: OcppJVersion;
    readonly action: string;
    readonly before: Payload;
    readonly after: Payload;
  }[];
}

/** Members that are nested more deeply than this stay unchanged. */
const MAX_DEPTH = 12;

/**
 * Applies `change` to every member of `value` and of the objects in it, innermost first. A member is dropped if
 * `change` returns `undefined`. Returns the same object if nothing changes.
 */
export function mapMembers(
  value: Payload,
  change: (key: string, member: Json) => Json | undefined,
  depth = 0,
): Payload {
  let isChanged = false;
  const members: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(value)) {
    const next = change(key, mapNested(member, change, depth + 1));
    if (next !== member) isChanged = true;
    if (next !== undefined && key !== '__proto__') members[key] = next;
  }
  return isChanged ? members : value;
}

export const ENERGY_REGISTER = 'Energy.Active.Import.Register';

/**
 * Applies `change` to every sampled value of the energy register. Returns the same object if nothing changes.
 * @source OCPP 1.6 §7.43, 2.0.1 SampledValueType: a missing measurand means the register.
 */
export function mapEnergyRegisters(payload: Payload, change: (sampled: Payload) => Payload): Payload {
  return mapMembers(payload, (key, member) => {
    if (key !== 'sampledValue' || !isList(member)) return member;
    return mapList(member, (entry) =>
      isPayload(entry) && (entry['measurand'] ?? ENERGY_REGISTER) === ENERGY_REGISTER ? change(entry) : entry,
    );
  });
}

/**
 * Replaces the unit of every sampled value of the energy register: beside the value in 1.6, in `unitOfMeasure` in 2.x.
 * @param unitFor Receives the unit as sent (`undefined` if there is none), and returns the true one.
 */
export function mapEnergyUnits(
  payload: Payload,
  version: OcppJVersion,
  unitFor: (sent: Json | undefined) => Json | undefined,
): Payload {
  return mapEnergyRegisters(payload, (sampled) => {
    const holder = version === '1.6' ? sampled : (sampled['unitOfMeasure'] ?? {});
    if (!isPayload(holder)) return sampled;
    const unit = unitFor(holder['unit']);
    if (unit === undefined || unit === holder['unit']) return sampled;
    return version === '1.6' ? { ...sampled, unit } : { ...sampled, unitOfMeasure: { ...holder, unit } };
  });
}

function mapNested(value: Json, change: Parameters<typeof mapMembers>[1], depth: number): Json {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (!isList(value)) return isPayload(value) ? mapMembers(value, change, depth) : value;
  return mapList(value, (item) => mapNested(item, change, depth + 1));
}

/** Returns the same list if nothing changes. */
function mapList(list: readonly Json[], change: (item: Json) => Json): readonly Json[] {
  const mapped = list.map(change);
  return mapped.every((item, index) => item === list[index]) ? list : mapped;
}
