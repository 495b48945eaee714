/** Compares two networks row by row. */
import type { Json, Steps } from '../../domain/model/object.js';
import {
  ENTITY_KINDS,
  PARENT_OF,
  type EntityKind,
  type Entry,
  type Fields,
  type NetworkTables,
} from './network-tables.js';

type ChangeKind = 'added' | 'changed' | 'moved' | 'planned' | 'withdrawn' | 'restored' | 'removed';

interface FieldChange {
  /** The field's path in the network file, such as `maxPowerW` or `options.energy`. */
  readonly field: string;
  readonly before?: Json;
  readonly after?: Json;
  /**
   * The currency of values that are amounts, in minor units. Absent for other values, and if the currency changed too.
   */
  readonly currency?: string;
}

/** The fields whose value is an amount of money. */
const AMOUNTS: ReadonlySet<string> = new Set([
  'pricePerKwh',
  'serviceFee',
  'platformFee',
  'minPrice',
  'maxPrice',
  'options.amount',
]);

export interface Change {
  readonly kind: EntityKind | 'network';
  /** For a connector: `<charge point>/<connectorId>`. */
  readonly id: string;
  readonly change: ChangeKind;
  /** Absent if the entry was added or removed as a whole. */
  readonly fields?: readonly FieldChange[];
  /** What the change means for orders under way. */
  readonly warning?: string;
}

export interface ChangeCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** Lists the changes from `before` to `after`, with one step for each entry. */
export function* findDifference(before: NetworkTables, after: NetworkTables): Steps<Change[]> {
  const changes: Change[] = [];
  if (before.name !== after.name) {
    const fields = [{ field: 'name', before: before.name, after: after.name }];
    changes.push({ kind: 'network', id: after.name, change: 'changed', fields });
  }
  for (const kind of ENTITY_KINDS) {
    const [old, fresh] = [before.tables[kind], after.tables[kind]];
    for (const [id, entry] of fresh) {
      const former = old.get(id);
      if (!former) changes.push({ kind, id, change: entry.fields['status'] === 'planned' ? 'planned' : 'added' });
      else changes.push(...withCurrency(changeOf(kind, id, former, entry), [before, former], [after, entry]));
      yield;
    }
    for (const id of old.keys()) if (!fresh.has(id)) changes.push({ kind, id, change: 'removed' });
  }
  return changes;
}

function changeOf(kind: EntityKind, id: string, before: Entry, after: Entry): Change[] {
  const parentKind = PARENT_OF[kind];
  const moved = parentKind !== undefined && before.parent !== after.parent;
  const fields = [
    ...(moved ? [{ field: parentKind, before: before.parent ?? '', after: after.parent ?? '' }] : []),
    ...fieldChanges(before.fields, after.fields),
  ];
  if (fields.length === 0) return [];
  const status = kind === 'charge-point' ? statusChange(before.fields['status'], after.fields['status']) : undefined;
  return [{ kind, id, change: status ?? (moved ? 'moved' : 'changed'), fields }];
}

type Owned = readonly [network: NetworkTables, entry: Entry];

/** Adds the currency to changed amounts, unless the currency itself has changed. */
function withCurrency(changes: readonly Change[], before: Owned, after: Owned): readonly Change[] {
  if (changes.length === 0) return changes;
  const currency = currencyOf(after);
  if (currency === undefined || currency !== currencyOf(before)) return changes;
  return changes.map(({ fields = [], ...change }) => ({
    ...change,
    fields: fields.map((one) => (AMOUNTS.has(one.field) ? { ...one, currency } : one)),
  }));
}

/** Returns the currency of a tariff, or of a connector's tariff. */
function currencyOf([{ tables }, { fields }]: Owned): string | undefined {
  const { tariff } = fields;
  const { currency } = typeof tariff === 'string' ? (tables.tariff.get(tariff)?.fields ?? {}) : fields;
  return typeof currency === 'string' ? currency : undefined;
}

function statusChange(before: Json | undefined, after: Json | undefined): ChangeKind | undefined {
  if (before === after) return undefined;
  if (after === 'withdrawn' || after === 'planned') return after;
  return 'restored';
}

function fieldChanges(before: Fields, after: Fields, prefix = ''): FieldChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const [old, fresh] = [before[name], after[name]];
    if (isFields(old) && isFields(fresh)) return fieldChanges(old, fresh, `${prefix}${name}.`);
    if (sameValue(old, fresh)) return [];
    return [
      {
        field: prefix + name,
        ...(old !== undefined && { before: old }),
        ...(fresh !== undefined && { after: fresh }),
      },
    ];
  });
}

/** Compares two values; the order of an object's members does not matter. */
function sameValue(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item: Json, index) => sameValue(item, b[index] as Json));
  return isFields(a) && isFields(b) && fieldChanges(a, b).length === 0;
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function countChanges(changes: readonly Change[]): ChangeCounts {
  const count = (wanted: (change: ChangeKind) => boolean): number =>
    changes.filter(({ change }) => wanted(change)).length;
  const isNew = (change: ChangeKind): boolean => change === 'added';
  return {
    added: changes.filter(({ change, fields }) => isNew(change) || (change === 'planned' && !fields)).length,
    removed: count((change) => change === 'removed'),
    changed: changes.filter(({ fields }) => fields !== undefined).length,
  };
}
