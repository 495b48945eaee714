/**
 * Represents a network document as tables, one for each kind of entry, so that imports, differences and CSV files can
 * work with rows. An entry has the fields of the network file without the children; `parent` is the key of the entry
 * that contains it.
 */
import type { NetworkDocument } from '../../config/network-file/load-network.js';
import type { NetworkEntity } from '../../config/network-file/network-problem.js';
import type { Json, Steps } from '../../domain/model/object.js';

export type EntityKind = NetworkEntity['kind'];
export type Fields = { readonly [name: string]: Json };

export interface Entry {
  /** Absent for providers and tariffs. */
  readonly parent?: string;
  readonly fields: Fields;
}

export interface NetworkTables {
  readonly name: string;
  readonly tables: { readonly [kind in EntityKind]: ReadonlyMap<string, Entry> };
}

/** The kinds in the order in which a difference lists them. */
export const ENTITY_KINDS: readonly EntityKind[] = ['provider', 'station', 'charge-point', 'connector', 'tariff'];

export const PARENT_OF: { readonly [kind in EntityKind]?: EntityKind } = {
  station: 'provider',
  'charge-point': 'station',
  connector: 'charge-point',
};

export const EMPTY_NETWORK = { name: 'Charging network', providers: [] } as const satisfies NetworkDocument;

export function connectorEntryKey(chargePointId: string, connectorId: unknown): string {
  return `${chargePointId}/${String(connectorId)}`;
}

type Children = readonly { readonly [name: string]: Json }[];

/**
 * Reads a valid document, with one step for each charge point. A tariff inside a connector becomes a named tariff,
 * unless a different tariff has the same id.
 */
export function* toTables(document: NetworkDocument): Steps<NetworkTables> {
  const {
    name,
    tariffs = {},
    providers,
  } = document as unknown as { name: string; tariffs?: Fields; providers: Children };
  const tables = emptyTables();
  for (const [id, fields] of Object.entries(tariffs)) tables.tariff.set(id, { fields: fields as Fields });
  for (const { stations, ...provider } of providers) {
    const providerId = String(provider['id']);
    tables.provider.set(providerId, { fields: provider });
    for (const { chargePoints, ...station } of stations as Children) {
      const stationId = String(station['id']);
      tables.station.set(stationId, { parent: providerId, fields: station });
      for (const chargePoint of chargePoints as Children) {
        readChargePoint(tables, stationId, chargePoint);
        yield;
      }
    }
  }
  return { name, tables };
}

function readChargePoint(
  tables: ReturnType<typeof emptyTables>,
  stationId: string,
  { connectors, ...chargePoint }: Fields,
): void {
  const id = String(chargePoint['id']);
  tables['charge-point'].set(id, { parent: stationId, fields: chargePoint });
  for (const connector of connectors as Children)
    tables.connector.set(connectorEntryKey(id, connector['connectorId']), {
      parent: id,
      fields: withNamedTariff(connector, tables.tariff),
    });
}

function withNamedTariff(connector: Fields, tariffs: Map<string, Entry>): Fields {
  const { tariff } = connector;
  if (typeof tariff !== 'object' || tariff === null || Array.isArray(tariff)) return connector;
  const { id, ...fields } = tariff as Fields;
  const name = String(id);
  const taken = tariffs.get(name);
  if (taken && JSON.stringify(taken.fields) !== JSON.stringify(fields)) return connector;
  tariffs.set(name, { fields });
  return { ...connector, tariff: name };
}

/**
 * Builds a document, with one step for each station, charge point and connector; the caller must still check it. Leaves
 * out entries whose parent is missing.
 */
export function* toDocument({ name, tables }: NetworkTables): Steps<unknown> {
  const connectors = yield* childrenByParent(tables.connector, (_key, fields) => fields);
  const chargePoints = yield* childrenByParent(tables['charge-point'], (id, fields) => ({
    ...fields,
    connectors: connectors.get(id) ?? [],
  }));
  const stations = yield* childrenByParent(tables.station, (id, fields) => ({
    ...fields,
    chargePoints: chargePoints.get(id) ?? [],
  }));
  const tariffs = Object.fromEntries([...tables.tariff].map(([id, { fields }]) => [id, fields]));
  return {
    name,
    ...(tables.tariff.size > 0 && { tariffs }),
    providers: [...tables.provider].map(([id, { fields }]) => ({ ...fields, stations: stations.get(id) ?? [] })),
  };
}

function* childrenByParent<T>(
  table: ReadonlyMap<string, Entry>,
  build: (key: string, fields: Fields) => T,
): Steps<Map<string, T[]>> {
  const byParent = new Map<string, T[]>();
  for (const [key, { parent = '', fields }] of table) {
    const siblings = byParent.get(parent);
    const child = build(key, fields);
    if (siblings) siblings.push(child);
    else byParent.set(parent, [child]);
    yield;
  }
  return byParent;
}

export function emptyTables(): { readonly [kind in EntityKind]: Map<string, Entry> } {
  return {
    provider: new Map(),
    station: new Map(),
    'charge-point': new Map(),
    connector: new Map(),
    tariff: new Map(),
  };
}

/** Counts the entries of each kind. */
export function countEntries({ tables }: NetworkTables): { readonly [kind: string]: number } {
  return {
    providers: tables.provider.size,
    stations: tables.station.size,
    chargePoints: tables['charge-point'].size,
    connectors: tables.connector.size,
    tariffs: tables.tariff.size,
  };
}
