/** Finds days in tariffs that do not exist, such as 30 February, which the pattern of the JSON Schema lets through. */
import { isDay } from '../../domain/pricing/calendar.js';
import type { NetworkProblem } from './network-problem.js';
import type { NamedTariff, TariffEntry } from './tariff-entries.js';

const DAYS = ['startDate', 'endDate'] as const;
const RULE = 'must be a day that exists';

type Path = readonly string[];

/** The parts of a network document that may have tariffs. */
interface PricedDocument {
  readonly tariffs?: { readonly [id: string]: TariffEntry };
  readonly providers: readonly { readonly stations: readonly PricedStation[] }[];
}

interface PricedStation {
  readonly chargePoints: readonly { readonly connectors: readonly { readonly tariff: NamedTariff }[] }[];
}

/** @returns A problem with its path for each day that does not exist, in tariffs by name and in those of connectors. */
export function missingDays({ tariffs = {}, providers }: PricedDocument): NetworkProblem[] {
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

function inTariff({ elements = [] }: TariffEntry, path: Path): NetworkProblem[] {
  return elements.flatMap(({ restrictions = {} }, index) =>
    DAYS.flatMap((name) => {
      const value = restrictions[name];
      if (value === undefined || isDay(value)) return [];
      const place = [...path, 'elements', String(index), 'restrictions', name];
      return [{ problem: `${place.join('.')}: "${value}" ${RULE}`, path: place, rule: RULE, value }];
    }),
  );
}
