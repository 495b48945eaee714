/** Finds the import file, line and column that caused a problem in the merged network document. */
import type { EntityKind } from '../../../bridge/network/network-tables.js';
import type { NetworkProblem } from '../../../config/network-file/network-problem.js';
import { type EditedNetwork, originKey, placeOf } from './edits.js';
import { type Fault, shownValue } from './fault.js';

/** The members of a document that contain its entries, from the root to the connectors. */
const CHILDREN: readonly (readonly [member: string, kind: EntityKind])[] = [
  ['providers', 'provider'],
  ['stations', 'station'],
  ['chargePoints', 'charge-point'],
  ['connectors', 'connector'],
];

/**
 * Converts a problem found in the merged network document to a fault. If an import file caused the problem, the fault
 * names that file and, where known, the line and column.
 */
export function locateProblem(
  { problem, path, rule, value, entity }: NetworkProblem,
  document: unknown,
  origins: EditedNetwork['origins'],
): Fault {
  if (!path) {
    const place = entity ? placeOf(origins.get(originKey(entity.kind, entity.key)), 'tariff') : {};
    return { ...place, rule: problem };
  }
  const { kind, key, rest } = entityAt(document, path);
  const field = rest.join('.');
  const origin = kind === undefined ? undefined : origins.get(originKey(kind, key));
  const shown = rule === 'is missing' ? {} : { value: shownValue(value) };
  const place = placeOf(origin, field);
  const subject = place.column === undefined && field !== '' ? `${field} ` : '';
  return {
    ...shown,
    ...place,
    ...(origin === undefined && { path: path.join('.') }),
    rule: subject + (rule ?? problem),
  };
}

interface EntityPlace {
  readonly kind?: EntityKind;
  readonly key: string;
  readonly rest: readonly string[];
}

function entityAt(document: unknown, path: readonly string[]): EntityPlace {
  if (path[0] === 'tariffs' && path[1] !== undefined) return { kind: 'tariff', key: path[1], rest: path.slice(2) };
  let found: EntityPlace = { key: '', rest: path };
  let current: unknown = document;
  for (const [member, kind] of CHILDREN) {
    const [name, index, ...rest] = found.rest;
    if (name !== member || index === undefined) return found;
    current = memberOf(memberOf(current, name), index);
    const id = String(memberOf(current, kind === 'connector' ? 'connectorId' : 'id'));
    found = { kind, key: kind === 'connector' ? `${found.key}/${id}` : id, rest };
  }
  return found;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
