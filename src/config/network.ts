/** The network file: what is sold, with its conveniences worked out. */
import type { ChargePoint, Connector, Network, Provider, Station, Tariff } from '../domain/network.js';
import { settingsCheck } from '../schema/validators.js';
import { numbersOf } from './ubc-numbers.js';
import { readLayer } from './layers.js';
import { sentences } from './violations.js';

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;
type TariffEntry = Optional<Tariff, 'id' | 'serviceFee' | 'taxes'>;
type ConnectorEntry = Optional<Omit<Connector, 'tariff'>, 'itemId' | 'name' | 'socQuoteWh'> & {
  readonly tariff: string | (TariffEntry & { readonly id: string });
};
type ChargePointEntry = Optional<Omit<ChargePoint, 'connectors'>, 'itemId' | 'name' | 'code'> & {
  readonly connectors: readonly ConnectorEntry[];
};
type StationEntry = Omit<Station, 'chargePoints'> & { readonly chargePoints: readonly ChargePointEntry[] };
type ProviderEntry = Omit<Provider, 'stations'> & {
  readonly operatorCode?: string;
  readonly stations: readonly StationEntry[];
};

interface NetworkFile {
  readonly name: string;
  readonly tariffs?: { readonly [id: string]: TariffEntry };
  readonly providers: readonly ProviderEntry[];
}

/** Wh: a middling car; only what a state-of-charge order is quoted for. */
const SOC_QUOTE_WH = 50_000;

/** @errors Never throws; every problem is one line that names the place, the value and the rule. */
export function loadNetwork(file: string): { readonly network: Network } | { readonly problems: readonly string[] } {
  const read = readLayer(file);
  return 'problem' in read ? { problems: [read.problem] } : readNetwork(read.layer);
}

/** The same, from a parsed file. */
export function readNetwork(value: unknown): { readonly network: Network } | { readonly problems: readonly string[] } {
  const valid = settingsCheck<NetworkFile>('network');
  if (!valid(value)) return { problems: sentences(valid.errors) };
  const problems: string[] = [];
  const network = { name: value.name, providers: value.providers.map((entry) => provider(entry, value, problems)) };
  problems.push(...repeated(network));
  return problems.length > 0 ? { problems } : { network };
}

function provider(entry: ProviderEntry, file: NetworkFile, problems: string[]): Provider {
  const { operatorCode, ...rest } = entry;
  const numberOf = numbersOf(entry.id, operatorCode);
  const stations = entry.stations.map((station) => ({
    ...station,
    chargePoints: station.chargePoints.map((point) => {
      const read = chargePoint(point, file, problems);
      const connectors = read.connectors.map((plug) => ({
        ...plug,
        ubcId: plug.ubcId ?? numberOf(station.id, point.id, plug.connectorId),
      }));
      return { ...read, connectors };
    }),
  }));
  return { ...rest, stations };
}

function chargePoint(entry: ChargePointEntry, file: NetworkFile, problems: string[]): ChargePoint {
  const itemId = entry.itemId ?? entry.id;
  const connectors = entry.connectors.flatMap((plug) => {
    const found = tariff(plug.tariff, file);
    if (found === undefined) {
      problems.push(`connector ${entry.id}/${plug.connectorId}: tariff "${String(plug.tariff)}" is not in tariffs`);
      return [];
    }
    return [
      {
        ...plug,
        itemId: plug.itemId ?? `${itemId}-${plug.connectorId}`,
        name: plug.name ?? `${plug.standard} ${plug.maxPowerW / 1000} kW`,
        socQuoteWh: plug.socQuoteWh ?? SOC_QUOTE_WH,
        tariff: found,
      },
    ];
  });
  return { ...entry, itemId, name: entry.name ?? entry.id, code: entry.code ?? entry.id, connectors };
}

function tariff(named: ConnectorEntry['tariff'], file: NetworkFile): Tariff | undefined {
  if (typeof named !== 'string') return { serviceFee: 0, taxes: [], ...named };
  const tariffs = file.tariffs ?? {};
  const entry = Object.hasOwn(tariffs, named) ? tariffs[named] : undefined;
  return entry === undefined ? undefined : { serviceFee: 0, taxes: [], ...entry, id: named };
}

/** One for each place: a connector that stands twice is told of as that. */
function numbersIn(points: readonly ChargePoint[]): string[] {
  const byPlace = new Map(
    points.flatMap((point) => point.connectors.map((plug) => [`${point.id}/${plug.connectorId}`, plug.ubcId] as const)),
  );
  return [...byPlace.values()].filter((number) => number !== undefined);
}

/** Ids that must be unique in the whole network: an order finds its connector by them. */
function repeated(network: Network): string[] {
  const stations = network.providers.flatMap((entry) => entry.stations);
  const points = stations.flatMap((entry) => entry.chargePoints);
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ['provider id', network.providers.map((entry) => entry.id)],
    ['station id', stations.map((entry) => entry.id)],
    ['charge point id', points.map((entry) => entry.id)],
    ['item id', points.flatMap((entry) => [entry.itemId, ...entry.connectors.map((plug) => plug.itemId)])],
    ['ubcId', numbersIn(points)],
    ['connector', points.flatMap((entry) => entry.connectors.map((plug) => `${entry.id}/${plug.connectorId}`))],
  ];
  return kinds.flatMap(([kind, ids]) => {
    const seen = new Set<string>();
    const twice = new Set(ids.filter((id) => seen.size === seen.add(id).size));
    return [...twice].map((id) => `${kind} "${id}": stands more than once; it must be unique in the network`);
  });
}
