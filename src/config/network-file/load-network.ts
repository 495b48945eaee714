/** Reads the network file, which describes what is for sale, and resolves its shorthands. */
import { atOnce, type Steps } from '../../domain/model/object.js';
import type { ChargePoint, Connector, Network, Provider, Station } from '../../domain/model/network.js';
import { checkDocument } from './check-document.js';
import type { NetworkEntity, NetworkProblem } from './network-problem.js';
import { ubcIdsFor } from './ubc-ids.js';
import { readLayer } from '../layers.js';
import { isTimeZone, type NamedTariff, type TariffEntry, Tariffs } from './tariff-entries.js';
import { impossibleTimes } from './tariff-times.js';
import { locateErrors } from '../loading/schema-messages.js';

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;
type ConnectorEntry = Optional<Omit<Connector, 'tariff'>, 'itemId' | 'name' | 'socQuoteWh'> & {
  readonly tariff: NamedTariff;
};
type ChargePointEntry = Optional<Omit<ChargePoint, 'connectors'>, 'itemId' | 'name' | 'code'> & {
  readonly connectors: readonly ConnectorEntry[];
};
type StationEntry = Omit<Station, 'chargePoints'> & { readonly chargePoints: readonly ChargePointEntry[] };
type ProviderEntry = Omit<Provider, 'stations'> & {
  readonly operatorCode?: string;
  readonly stations: readonly StationEntry[];
};

/** The content of a network file. */
export interface NetworkDocument {
  readonly name: string;
  readonly tariffs?: { readonly [id: string]: TariffEntry };
  readonly providers: readonly ProviderEntry[];
}

/** Default battery capacity, Wh, for quoting orders by state of charge. */
const SOC_QUOTE_WH = 50_000;

export interface LoadedNetwork {
  readonly network: Network;
  readonly document: NetworkDocument;
}

/** @errors Returns each problem as one line. */
export function loadNetwork(file: string): LoadedNetwork | { readonly problems: readonly string[] } {
  const read = readLayer(file);
  return 'problem' in read ? { problems: [read.problem] } : readNetwork(read.layer);
}

/** Reads a network file that has already been parsed as JSON. */
export function readNetwork(value: unknown): LoadedNetwork | { readonly problems: readonly string[] } {
  return withoutPlaces(atOnce(checkNetwork(value)));
}

/**
 * Reads a network that an earlier version may have saved. Days that do not exist, such as 30 February, are not refused
 * here but count as days of the next month, because the later rule against them must not keep the bridge from starting.
 */
export function readStoredNetwork(value: unknown): LoadedNetwork | { readonly problems: readonly string[] } {
  return withoutPlaces(atOnce(resolveNetwork(value)));
}

function withoutPlaces(checked: LoadedNetwork | { readonly faults: readonly NetworkProblem[] }) {
  return 'faults' in checked ? { problems: checked.faults.map(({ problem }) => problem) } : checked;
}

/** Like `readNetwork`, but runs in small steps and, where it is known, states the place of a problem. */
export function* checkNetwork(value: unknown): Steps<LoadedNetwork | { readonly faults: readonly NetworkProblem[] }> {
  const resolved = yield* resolveNetwork(value);
  if ('faults' in resolved) return resolved;
  yield;
  const faults = impossibleTimes(resolved.document);
  return faults.length > 0 ? { faults } : resolved;
}

function* resolveNetwork(value: unknown): Steps<LoadedNetwork | { readonly faults: readonly NetworkProblem[] }> {
  const checked = yield* checkDocument<NetworkDocument>(value);
  if ('errors' in checked) return { faults: locateErrors(checked.errors) };
  const { document } = checked;
  const problems: NetworkProblem[] = [];
  const tariffs = new Tariffs(document.tariffs ?? {}, problems);
  const providers: Provider[] = [];
  for (const entry of document.providers) providers.push(yield* toProvider(entry, tariffs));
  const network = { name: document.name, providers };
  problems.push(...(yield* findDuplicates(network)));
  return problems.length > 0 ? { faults: problems } : { network, document };
}

function* toProvider(entry: ProviderEntry, tariffs: Tariffs): Steps<Provider> {
  const { operatorCode, ...rest } = entry;
  const numbers = ubcIdsFor(entry.id, operatorCode);
  const stations: Station[] = [];
  for (const station of entry.stations) {
    const { id, timeZone } = station;
    const chargePoints: ChargePoint[] = [];
    stations.push({ ...station, chargePoints });
    if (timeZone !== undefined && !isTimeZone(timeZone)) {
      tariffs.problems.push({
        problem: `station "${id}": "${timeZone}" is not a known time zone, such as Asia/Kolkata`,
        entity: { kind: 'station', key: id },
      });
      continue;
    }
    const ofStation = numbers(id);
    for (const point of station.chargePoints) {
      const read = toChargePoint(point, station, tariffs);
      const numberOf = ofStation(point.id);
      const connectors = read.connectors.map((plug) => ({ ...plug, ubcId: plug.ubcId ?? numberOf(plug.connectorId) }));
      chargePoints.push({ ...read, connectors });
      yield;
    }
  }
  return { ...rest, stations };
}

function toChargePoint(entry: ChargePointEntry, station: StationEntry, tariffs: Tariffs): ChargePoint {
  const itemId = entry.itemId ?? entry.id;
  const { id: stationId, timeZone } = station;
  const connectors = entry.connectors.flatMap((plug) => {
    const tariff = tariffs.resolve(plug.tariff, { connector: `${entry.id}/${plug.connectorId}`, stationId, timeZone });
    if (!tariff) return [];
    return [
      {
        ...plug,
        itemId: plug.itemId ?? `${itemId}-${plug.connectorId}`,
        name: plug.name ?? `${plug.standard} ${plug.maxPowerW / 1000} kW`,
        socQuoteWh: plug.socQuoteWh ?? SOC_QUOTE_WH,
        tariff,
      },
    ];
  });
  return { ...entry, itemId, name: entry.name ?? entry.id, code: entry.code ?? entry.id, connectors };
}

/** Returns a problem for each duplicate id. Orders find their connectors by these ids, so each must be unique. */
function* findDuplicates(network: Network): Steps<NetworkProblem[]> {
  const stations = network.providers.flatMap((entry) => entry.stations);
  const points = stations.flatMap((entry) => entry.chargePoints);
  const plugs = points.flatMap(({ id, connectors }) =>
    connectors.map((plug) => [`${id}/${plug.connectorId}`, plug] as const),
  );
  yield;
  const kinds: readonly (readonly [string, readonly string[], NetworkEntity['kind']?])[] = [
    ['provider id', network.providers.map((entry) => entry.id), 'provider'],
    ['station id', stations.map((entry) => entry.id), 'station'],
    ['charge point id', points.map((entry) => entry.id), 'charge-point'],
    ['item id', points.flatMap((entry) => [entry.itemId, ...entry.connectors.map((plug) => plug.itemId)])],
    // Connectors with the same ids are reported below. They also derive the same ubcId, so it is counted only once.
    ['ubcId', [...new Map(plugs.map(([place, plug]) => [place, plug.ubcId])).values()].flatMap((id) => id ?? [])],
    ['connector', plugs.map(([place]) => place), 'connector'],
  ];
  const problems: NetworkProblem[] = [];
  for (const [kind, ids, entityKind] of kinds) {
    yield;
    const seen = new Set<string>();
    for (const id of new Set(ids.filter((one) => seen.size === seen.add(one).size)))
      problems.push({
        problem: `${kind} "${id}": occurs more than once; it must be unique in the network`,
        ...(entityKind && { entity: { kind: entityKind, key: id } }),
      });
  }
  return problems;
}
