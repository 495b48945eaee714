/** Resolves the tariffs of the network file for the connectors that refer to them. */
import { momentOf } from '../../domain/pricing/calendar.js';
import { offsetMs } from '../../domain/pricing/local-time.js';
import { usesLocalTime } from '../../domain/pricing/tariff-restrictions.js';
import type { NetworkEntity, NetworkProblem } from './network-problem.js';
import type { Offer, Tariff } from '../../domain/model/tariff.js';

type OfferEntry = Omit<Offer, 'from' | 'until'> & { readonly from?: string; readonly until?: string };

export type TariffEntry = Omit<Tariff, 'id' | 'serviceFee' | 'taxes' | 'offers' | 'timeZone'> &
  Partial<Pick<Tariff, 'serviceFee' | 'taxes'>> & { readonly id?: string; readonly offers?: readonly OfferEntry[] };

export type NamedTariff = string | (TariffEntry & { readonly id: string });

/** The connector that refers to a tariff, and its station's time zone. */
export interface TariffUse {
  readonly connector: string;
  readonly stationId: string;
  readonly timeZone?: string | undefined;
}

/** Builds one object per named tariff and time zone, shared by all connectors that refer to that tariff. */
export class Tariffs {
  readonly #byKey = new Map<string, Tariff>();
  readonly #reported = new Set<string>();

  constructor(
    readonly entries: { readonly [id: string]: TariffEntry },
    readonly problems: NetworkProblem[],
  ) {}

  /** @errors Adds to `problems` what is wrong with the tariff. Returns `undefined` if the tariff is unknown. */
  resolve(named: NamedTariff, place: TariffUse): Tariff | undefined {
    if (typeof named !== 'string') return this.#build(named.id, named, place);
    const key = JSON.stringify([named, place.timeZone]);
    const known = this.#byKey.get(key);
    if (known) return known;
    const entry = Object.hasOwn(this.entries, named) ? this.entries[named] : undefined;
    if (entry === undefined) {
      this.problems.push({
        problem: `connector ${place.connector}: tariff "${named}" is not in tariffs`,
        entity: { kind: 'connector', key: place.connector },
        value: named,
      });
      return undefined;
    }
    const made = this.#build(named, entry, place);
    this.#byKey.set(key, made);
    return made;
  }

  #build(id: string, { offers, ...entry }: TariffEntry, place: TariffUse): Tariff {
    for (const rule of tariffProblems({ ...entry, ...(offers && { offers }) }))
      this.#report(`tariff "${id}": ${rule}`, { kind: 'tariff', key: id });
    const tariff = { serviceFee: 0, taxes: [], ...entry, id };
    if (usesLocalTime(tariff) && place.timeZone === undefined)
      this.#report(`station "${place.stationId}": timeZone is missing; the times of tariff "${id}" refer to it`, {
        kind: 'station',
        key: place.stationId,
      });
    return {
      ...tariff,
      ...(offers && { offers: offers.map(toOffer) }),
      ...(usesLocalTime(tariff) && place.timeZone !== undefined && { timeZone: place.timeZone }),
    };
  }

  #report(problem: string, entity: NetworkEntity): void {
    if (this.#reported.has(problem)) return;
    this.#reported.add(problem);
    this.problems.push({ problem, entity });
  }
}

export function isTimeZone(name: string): boolean {
  try {
    offsetMs(name, 0);
    return true;
  } catch {
    return false;
  }
}

function toOffer({ from, until, ...offer }: OfferEntry): Offer {
  return {
    ...offer,
    ...(from !== undefined && { from: momentOf(from) }),
    ...(until !== undefined && { until: momentOf(until) }),
  };
}

const TAX_BASE_BY_DIMENSION = { ENERGY: 'energy', TIME: 'time', PARKING_TIME: 'parking', FLAT: 'flat' } as const;

/** Checks what the JSON Schema cannot express. */
function tariffProblems({ minPrice, maxPrice, elements = [], offers = [], taxes = [] }: TariffEntry): string[] {
  const rules: string[] = [];
  if (minPrice !== undefined && maxPrice !== undefined && minPrice > maxPrice) rules.push('minPrice is above maxPrice');
  for (const { code, from, until } of offers)
    if (from !== undefined && until !== undefined && momentOf(from) >= momentOf(until))
      rules.push(`offer "${code}" ends before it begins`);
  for (const [index, { priceComponents, restrictions = {} }] of elements.entries()) {
    const kinds = priceComponents.map(({ type }) => type);
    if (new Set(kinds).size < kinds.length) rules.push(`elements.${index} prices one kind twice`);
    const twice = priceComponents.find(
      ({ type, vatBps }) => vatBps !== undefined && taxes.some((tax) => tax.on.includes(TAX_BASE_BY_DIMENSION[type])),
    );
    if (twice) rules.push(`elements.${index}: ${twice.type} is taxed twice, by vatBps and by taxes`);
    const { minKwh = 0, maxKwh = Infinity, minDuration = 0, maxDuration = Infinity } = restrictions;
    const { startDate = '', endDate = '9999-99-99' } = restrictions;
    if (minKwh >= maxKwh || minDuration >= maxDuration || startDate >= endDate)
      rules.push(`elements.${index}: its restrictions never hold`);
  }
  return rules;
}
