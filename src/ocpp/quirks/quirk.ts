/** What a quirk is: one way in which some chargers differ from the standard, by name. */
import type { Json } from '../../domain/model/object.js';
import type { OcppJVersion } from '../frames/frame-rules.js';
import { isPayload, type Payload } from '../frames/frame.js';

/** Answers the payload it was given, the same object, when there is nothing to do. Pure. */
export type PayloadTransform = (action: string, payload: Payload) => Payload;

export interface Quirk {
  readonly name: string;
  /** One sentence for the table. */
  readonly description: string;
  /** Where it was seen. */
  readonly source: string;
  /** Where it is a fault; every version unless given. */
  readonly versions?: readonly OcppJVersion[];
  /** What the charger asks or tells. */
  readonly inbound?: PayloadTransform;
  /** What we ask of the charger. */
  readonly call?: PayloadTransform;
  /** What we answer to the charger. */
  readonly answer?: PayloadTransform;
  /** Our results carry their action, and its drawn aliases are understood. */
  readonly labelsResults?: true;
  /** A faulty message that `inbound` changes is evidence enough: the quirk holds for the rest of the socket. */
  readonly autoDetected?: true;
  /** An action, and its payload before and after. */
  readonly examples: readonly { readonly action: string; readonly before: Payload; readonly after: Payload }[];
}

/** Deeper payloads are nobody's quirk. */
const MAX_DEPTH = 12;

/** Every member of every object through `change`, inside out; `undefined` drops it. The same object if nothing changes. */
export function mapMembers(
  value: Payload,
  change: (key: string, member: Json) => Json | undefined,
  depth = 0,
): Payload {
  let changed = false;
  const made: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(value)) {
    const next = change(key, mapNested(member, change, depth + 1));
    if (next !== member) changed = true;
    if (next !== undefined && key !== '__proto__') made[key] = next;
  }
  return changed ? made : value;
}

function mapNested(value: Json, change: Parameters<typeof mapMembers>[1], depth: number): Json {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (isPayload(value)) return mapMembers(value, change, depth);
  const list: readonly Json[] = value;
  const made = list.map((entry) => mapNested(entry, change, depth + 1));
  return made.every((entry, index) => entry === list[index]) ? value : made;
}
