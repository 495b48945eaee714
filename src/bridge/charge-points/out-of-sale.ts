/**
 * Keeps track of what operators have taken out of sale. A sale stop blocks select, init and confirm, and shows in the
 * catalogue; running sessions and confirmed orders continue.
 */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import { isWithin, stopDuring, type SalePlace } from '../../domain/locations/sale-stops.js';
import { connectorRefOf, type ConnectorRef, type SaleStop, type SaleStopPlace } from '../../domain/model/network.js';
import type { Json } from '../../domain/model/object.js';
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';

export interface OutOfSaleDeps {
  readonly store: Pick<ValueStore, 'putValue' | 'values'>;
  readonly catalogue: Pick<Catalogue, 'site' | 'sites'>;
  readonly clock: Clock;
  readonly random: Pick<Random, 'uuid'>;
}

/** A sale stop and the operators who set and ended it. Times are epoch ms. */
export interface SaleStopRecord extends SaleStop {
  readonly setBy: string;
  readonly setAt: number;
  readonly endedBy?: string;
  readonly endedAt?: number;
}

export type SaleStopRequest = Pick<SaleStop, 'place' | 'reason'> & {
  /** Epoch ms; if absent, the stop begins at once. */
  readonly from?: number;
  readonly until?: number;
};

type Connector = Pick<ConnectorRef, 'chargePointId' | 'connectorId'>;

const PREFIX = 'sale-stop|';
/** The longest delay of one timer, ms; the platform's timers are limited to about 25 days. */
const MAX_WAIT_MS = 86_400_000;

export class OutOfSale {
  readonly #deps: OutOfSaleDeps;
  readonly #records = new Map<string, SaleStopRecord>();
  /** The stops that are in force or may come into force, the earliest first. */
  #open: readonly SaleStopRecord[] = [];
  #listener: (chargePointId: string) => void = () => undefined;
  #cancelTimer: Cancel | undefined;

  constructor(deps: OutOfSaleDeps) {
    this.#deps = deps;
  }

  /**
   * Sets the listener. It is called with the id of each charge point on which something may have gone out of sale or
   * come back.
   */
  onChange(listener: (chargePointId: string) => void): void {
    this.#listener = listener;
  }

  async load(): Promise<void> {
    for (const { value } of await this.#deps.store.values(PREFIX))
      if (isRecord(value)) this.#records.set(value.id, value);
    this.#refresh();
  }

  stop(): void {
    this.#cancelTimer?.();
  }

  /** Returns all stops, the newest first. */
  list(): readonly SaleStopRecord[] {
    return [...this.#records.values()].sort((a, b) => b.setAt - a.setAt || (a.id < b.id ? 1 : -1));
  }

  get(id: string): SaleStopRecord | undefined {
    return this.#records.get(id);
  }

  /** Returns the network's connectors within a place. */
  connectorsWithin(place: SaleStopPlace): readonly SalePlace[] {
    return this.#deps.catalogue.sites.map(connectorRefOf).filter((connector) => isWithin(place, connector));
  }

  /** Takes a place out of sale. Resolves once the stop is durable. @errors StoreFault */
  async add({ place, from, until, reason }: SaleStopRequest, setBy: string): Promise<SaleStopRecord> {
    const { clock, random } = this.#deps;
    const setAt = clock.now();
    const stop = { id: random.uuid(), place, from: from ?? setAt, reason, ...(until !== undefined && { until }) };
    return this.#save({ ...stop, setBy, setAt });
  }

  /** Ends a stop at once. @returns `undefined` if there is no such stop or it has already ended. @errors StoreFault */
  async end(id: string, endedBy: string): Promise<SaleStopRecord | undefined> {
    const record = this.#records.get(id);
    const now = this.#deps.clock.now();
    if (!record || hasEnded(record, now)) return undefined;
    return this.#save({ ...record, endedBy, endedAt: now });
  }

  /** Returns the connector's stops that are in force or may come into force, the earliest first. */
  stopsOf(connector: Connector): readonly SaleStop[] {
    if (this.#open.length === 0) return this.#open;
    const site = this.#deps.catalogue.site(connector);
    const place = site ? connectorRefOf(site) : connector;
    return this.#open.filter((stop) => isWithin(stop.place, place));
  }

  /** Returns the connector's stop that is in force now. */
  stopOf(connector: Connector): SaleStop | undefined {
    const now = this.#deps.clock.now();
    return stopDuring(this.stopsOf(connector), { from: now, until: now });
  }

  async #save(record: SaleStopRecord): Promise<SaleStopRecord> {
    await this.#deps.store.putValue(PREFIX + record.id, { ...record });
    this.#records.set(record.id, record);
    this.#refresh();
    this.#announce([record]);
    return record;
  }

  /** Drops ended stops from `#open` and sets the timer for the next stop to begin or end. */
  #refresh(): void {
    const { clock } = this.#deps;
    const now = clock.now();
    this.#open = [...this.#records.values()].filter((record) => !hasEnded(record, now)).sort((a, b) => a.from - b.from);
    this.#cancelTimer?.();
    const times = this.#open.flatMap(({ from, until }) => [from, until ?? Infinity]).filter((time) => time > now);
    const wait = Math.min(...times) - now;
    this.#cancelTimer = times.length === 0 || wait === Infinity ? undefined : this.#wait(Math.min(wait, MAX_WAIT_MS));
  }

  #wait(ms: number): Cancel {
    const { clock } = this.#deps;
    const since = clock.now();
    return clock.callLater(ms, () => {
      const now = clock.now();
      const passed = (time: number | undefined): boolean => time !== undefined && time > since && time <= now;
      const changed = this.#open.filter(({ from, until }) => passed(from) || passed(until));
      this.#refresh();
      this.#announce(changed);
    });
  }

  #announce(stops: readonly SaleStop[]): void {
    const places = stops.flatMap(({ place }) => this.connectorsWithin(place));
    for (const chargePointId of new Set(places.map((place) => place.chargePointId))) this.#listener(chargePointId);
  }
}

function hasEnded({ endedAt, until }: SaleStopRecord, now: number): boolean {
  return endedAt !== undefined || (until !== undefined && until <= now);
}

function isRecord(value: Json): value is Json & SaleStopRecord {
  return typeof value === 'object' && value !== null && 'place' in value && 'setAt' in value;
}
