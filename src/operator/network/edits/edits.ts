/** Applies the edits of import files to the network. Entries are removed only if the files replace the network. */
import type { Json, Steps } from '../../../domain/model/object.js';
import { nearestName } from '../../../config/nearest-name.js';
import { type Fault, shownValue } from './fault.js';
import {
  emptyTables,
  ENTITY_KINDS,
  PARENT_OF,
  type EntityKind,
  type Entry,
  type Fields,
  type NetworkTables,
} from '../../../bridge/network/network-tables.js';

/** Where an edit comes from. */
export interface Origin {
  readonly file: string;
  readonly line?: number;
  /** The OCPI object that the edit was made from, such as `EVSE EV-1 at LOC-1 of IN*MUL`. */
  readonly subject?: string;
  /** Finds the place of one field, such as its column or line. */
  readonly locate?: (field: string) => Pick<Fault, 'line' | 'column' | 'path' | 'value'> | undefined;
}

export interface Edit {
  readonly kind: EntityKind;
  readonly key: string;
  readonly parent?: string;
  /** Set if `fields` holds every field of the entry; otherwise its other fields stay unchanged. */
  readonly isWhole?: true;
  /** Keyed by name or dotted path. `undefined` removes the field. */
  readonly fields: { readonly [path: string]: Json | undefined };
  /** Values for fields that the source does not state. Each is set only if the entry has no such field yet. */
  readonly defaults?: { readonly [path: string]: Json };
  readonly origin: Origin;
}

export interface Edits {
  /** A new name for the network. */
  readonly name?: string;
  readonly edits: readonly Edit[];
}

export interface EditedNetwork {
  readonly tables: NetworkTables;
  readonly faults: readonly Fault[];
  /** The origin of the last edit of each entry, keyed by `originKey`. */
  readonly origins: ReadonlyMap<string, Origin>;
}

const KIND_NAMES: { readonly [kind in EntityKind]: string } = {
  provider: 'provider',
  station: 'station',
  'charge-point': 'charge point',
  connector: 'connector',
  tariff: 'tariff',
};

/**
 * Applies the edits. Each existing entry is one step, and each edit is two.
 * @param replaces Whether to remove entries that the edits do not mention. Kinds without edits are kept, except for
 *   entries whose parent is removed.
 */
export function* applyEdits(before: NetworkTables, { name, edits }: Edits, replaces: boolean): Steps<EditedNetwork> {
  const tables = emptyTables();
  const mentioned = new Set(edits.map(({ kind }) => kind));
  const written = new Set(edits.map(({ kind, key }) => originKey(kind, key)));
  yield;
  for (const kind of ENTITY_KINDS)
    for (const [key, entry] of before.tables[kind]) {
      if (!replaces || !mentioned.has(kind) || written.has(originKey(kind, key))) tables[kind].set(key, entry);
      yield;
    }
  const origins = new Map<string, Origin>();
  for (const edit of edits) {
    const former = tables[edit.kind].get(edit.key);
    tables[edit.kind].set(edit.key, editEntry(edit.isWhole ? undefined : former, former?.parent, edit));
    origins.set(originKey(edit.kind, edit.key), edit.origin);
    yield;
  }
  const faults: Fault[] = [];
  for (const edit of edits) {
    faults.push(...referenceFaults(edit, tables));
    yield;
  }
  if (replaces) removeOrphans(tables);
  return { tables: { name: name ?? before.name, tables }, faults, origins };
}

function editEntry(former: Entry | undefined, formerParent: string | undefined, edit: Edit): Entry {
  const fields: { [name: string]: Json } = { ...former?.fields };
  for (const [path, value] of Object.entries(edit.fields)) setField(fields, path.split('.'), value);
  for (const [path, value] of Object.entries(edit.defaults ?? {}))
    if (!hasField(fields, path.split('.'))) setField(fields, path.split('.'), value);
  // Whoever changes a status takes over from the OCPI import that set it.
  if (fields['status'] !== former?.fields['status'] && !('withdrawnBy' in edit.fields)) delete fields['withdrawnBy'];
  const parent = edit.parent ?? formerParent;
  return { fields, ...(parent !== undefined && { parent }) };
}

function hasField(fields: Fields, [name = '', ...rest]: readonly string[]): boolean {
  const value = fields[name];
  if (value === undefined || rest.length === 0) return value !== undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value) && hasField(value as Fields, rest);
}

function setField(fields: { [name: string]: Json }, [name = '', ...rest]: readonly string[], value?: Json): void {
  if (rest.length > 0) {
    const inner = fields[name];
    const copy: { [name: string]: Json } =
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? { ...(inner as Fields) } : {};
    setField(copy, rest, value);
    if (Object.keys(copy).length > 0) fields[name] = copy;
    else delete fields[name];
  } else if (value === undefined) delete fields[name];
  else fields[name] = value;
}

/** Checks that the parent of an entry exists, and its tariff if the edit names one. */
function referenceFaults({ kind, key, fields, origin }: Edit, tables: NetworkTables['tables']): Fault[] {
  const entry = tables[kind].get(key);
  const faults: Fault[] = [];
  const check = (wanted: EntityKind, id: string | undefined, field: string): void => {
    if (id !== undefined && tables[wanted].has(id)) return;
    const rule =
      id === undefined ? `needs a ${KIND_NAMES[wanted]}` : `names a ${KIND_NAMES[wanted]} that does not exist`;
    const meant = id === undefined ? undefined : nearestName(id, [...tables[wanted].keys()]);
    faults.push({
      ...placeOf(origin, field),
      ...(id !== undefined && { value: shownValue(id) }),
      rule,
      ...(meant !== undefined && { didYouMean: meant }),
    });
  };
  const parentKind = PARENT_OF[kind];
  if (parentKind) check(parentKind, entry?.parent, parentKind);
  const { tariff } = fields;
  if (kind === 'connector' && typeof tariff === 'string') check('tariff', tariff, 'tariff');
  return faults;
}

function removeOrphans(tables: ReturnType<typeof emptyTables>): void {
  for (const kind of ENTITY_KINDS) {
    const parentKind = PARENT_OF[kind];
    if (!parentKind) continue;
    for (const [key, { parent = '' }] of tables[kind]) if (!tables[parentKind].has(parent)) tables[kind].delete(key);
  }
}

export function originKey(kind: EntityKind, key: string): string {
  return `${kind} ${key}`;
}

export function placeOf(
  origin: Origin | undefined,
  field: string,
): Pick<Fault, 'file' | 'line' | 'column' | 'path' | 'value'> {
  if (!origin) return {};
  const { file, line, subject } = origin;
  return {
    file,
    ...(line !== undefined && { line }),
    ...(subject !== undefined && { path: subject }),
    ...origin.locate?.(field),
  };
}
