/** Defines a quirk, a named way in which some chargers deviate from the standard. */
import type { Json } from '../../domain/model/object.js';
import type { OcppJVersion } from '../frames/frame-rules.js';
import { isList, isPayload, type Payload } from '../frames/payload.js';

/** A pure function. It returns the given object itself if there is nothing to change. */
type PayloadTransform = (action: string, payload: Payload) => Payload;

export interface Quirk {
  readonly name: string;
  /** A sentence or two for the table in the documentation. */
  readonly description: string;
  /** Where the quirk was seen. */
  readonly source: string;
  /** The versions in which this behaviour is a fault; all versions by default. */
  readonly versions?: readonly OcppJVersion[];
  /** Corrects what the charger sends. */
  readonly inbound?: PayloadTransform;
  /** Adapts the payload of our CALLs. */
  readonly call?: PayloadTransform;
  /** Adapts our responses. */
  readonly answer?: PayloadTransform;
  /** If true, our results contain their action, and we understand aliases of actions. */
  readonly labelsResults?: true;
  /** If true, the quirk applies from the first faulty request that `inbound` changes, until the socket closes. */
  readonly autoDetected?: true;
  /** An action, and its payload before and after. */
  readonly examples: readonly { readonly action: string; readonly before: Payload; readonly after: Payload }[];
}

/** The depth of nesting below which members stay unchanged. */
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
 * Applies `change` to every sampled value of the energy register.
 * @source OCPP 1.6 §7.43, 2.0.1 SampledValueType: a missing measurand means the register.
 */
export function mapEnergyRegisters(payload: Payload, change: (sampled: Payload) => Payload): Payload {
  return mapMembers(payload, (key, member) => {
    if (key !== 'sampledValue' || !isList(member)) return member;
    return member.map((entry) =>
      isPayload(entry) && (entry['measurand'] ?? ENERGY_REGISTER) === ENERGY_REGISTER ? change(entry) : entry,
    );
  });
}

function mapNested(value: Json, change: Parameters<typeof mapMembers>[1], depth: number): Json {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (!isList(value)) return isPayload(value) ? mapMembers(value, change, depth) : value;
  const mapped = value.map((item) => mapNested(item, change, depth + 1));
  return mapped.every((item, index) => item === value[index]) ? value : mapped;
}
