/** Finds impossible days and moments in tariffs, such as 30 February, which the JSON Schema lets through. */
import { isDay, parseMoment } from '../../domain/pricing/calendar.js';
import type { NetworkProblem } from './network-problem.js';
import type { NamedTariff, TariffEntry } from './tariff-entries.js';

const DAYS = ['startDate', 'endDate'] as const;
const MOMENTS = ['from', 'until'] as const;
const DAY_RULE = 'must be a day that exists';
const MOMENT_RULE = 'must be a moment that exists, ISO 8601 with a zone';

type Path = readonly string[];

/** The parts of a network document that may have tariffs. */
interface PricedDocument {
  readonly tariffs?: { readonly [id: string]: TariffEntry };
  readonly providers: readonly { readonly stations: readonly PricedStation[] }[];
}

interface PricedStation {
  readonly chargePoints: readonly { readonly connectors: readonly { readonly tariff: NamedTariff }[] }[];
}

/** Returns a problem with its path for each impossible day or moment, in named tariffs and in those of connectors. */
export function impossibleTimes({ tariffs = {}, providers }: PricedDocument): NetworkProblem[] {
  const named = Object.entries(tariffs).flatMap(([id, entry]) => inTariff(entry, ['tariffs', id]));
  const inPlace = providers.flatMap(({ stations }, provider) =>
    stations.flatMap(({ chargePoints }, station) =>
      chargePoints.flatMap(({ connectors }, point) =>
        connectors.flatMap(({ tariff }, connector) => {
          if (typeof tariff === 'string') return [];
          const path = { providers: provider, stations: station, chargePoints: point, connectors: connector };
          return inTariff(tariff, [...Object.entries(path).flat().map(String), 'tariff']);
        }),
      ),
    ),
  );
  return [...named, ...inPlace];
}

function inTariff({ elements = [], offers = [] }: TariffEntry, path: Path): NetworkProblem[] {
  const ofElements = elements.flatMap(({ restrictions = {} }, index) =>
    DAYS.flatMap((name) => {
      const value = restrictions[name];
      if (value === undefined || isDay(value)) return [];
      return [problemAt([...path, 'elements', String(index), 'restrictions', name], value, DAY_RULE)];
    }),
  );
  const ofOffers = offers.flatMap((offer, index) =>
    MOMENTS.flatMap((name) => {
      const value = offer[name];
      if (value === undefined || parseMoment(value) !== undefined) return [];
      return [problemAt([...path, 'offers', String(index), name], value, MOMENT_RULE)];
    }),
  );
  return [...ofElements, ...ofOffers];
}

function problemAt(path: Path, value: string, rule: string): NetworkProblem {
  return { problem: `${path.join('.')}: "${value}" ${rule}`, path, rule, value };
}
