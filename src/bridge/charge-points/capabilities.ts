/** What is known of a charger's ways of holding a limit: from its configuration, and from what it did before. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Accepted } from '../../domain/model/decision.js';
import { type Means, meansOf, observe } from '../../domain/metering/charger-capabilities.js';
import type { ConnectorRef, Site } from '../../domain/model/network.js';
import type { Session } from '../../domain/model/order.js';
import type { Batch, ChargePointRecord } from '../../ports/store.js';
import type { Views } from './charge-point-state.js';

/** A session that tells no state of charge for so long belongs to a charger that never does, ms. */
const TELLING_MS = 300_000;

export class ChargerMeans {
  readonly #catalogue: Catalogue;
  readonly #views: Views;
  /** The socket on which a charger refused a power plan: it is not tried again there. */
  readonly #refusedOn = new Map<string, number>();

  constructor(catalogue: Catalogue, views: Views) {
    this.#catalogue = catalogue;
    this.#views = views;
  }

  of(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): Means | undefined {
    const connector = this.#catalogue.site(ref)?.connector;
    if (!connector) return undefined;
    const { configuration = {}, stopLatenciesMs = [] } = this.#views.record(ref.chargePointId);
    const means = meansOf(configuration, connector, stopLatenciesMs);
    if (!means.rate || !this.#refuses(ref.chargePointId)) return means;
    const { rate: _refused, ...rest } = means;
    return rest;
  }

  #refuses(chargePointId: string): boolean {
    const generation = this.#views.presence(chargePointId)?.generation;
    return generation !== undefined && this.#refusedOn.get(chargePointId) === generation;
  }

  refusesPlans(chargePointId: string): void {
    const generation = this.#views.presence(chargePointId)?.generation;
    if (generation !== undefined) this.#refusedOn.set(chargePointId, generation);
  }

  /** What an end teaches about its charger, to be saved with it. */
  taughtBy({ order, stopLatencyMs }: Accepted): Pick<Batch, 'chargePoints'> {
    if (order.state !== 'completed' || !order.session) return {};
    const record = this.learn(order.connector, order.session, stopLatencyMs);
    return record ? { chargePoints: [record] } : {};
  }

  /** The charge point with what this session's end teaches about it; `undefined` when that is nothing new. */
  learn(
    ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>,
    session: Session,
    stopLatencyMs: number | undefined,
  ): ChargePointRecord | undefined {
    const before = this.#views.record(ref.chargePointId);
    const known = before.stopLatenciesMs ?? [];
    const stopLatenciesMs = stopLatencyMs === undefined ? known : observe(known, stopLatencyMs);
    const told = session.meter.soc !== undefined;
    const long = session.meter.receivedAt - session.startReceivedAt >= TELLING_MS;
    const tells = told || (long ? (before.tellsSoc?.[ref.connectorId] ?? false) : before.tellsSoc?.[ref.connectorId]);
    if (stopLatenciesMs === known && tells === before.tellsSoc?.[ref.connectorId]) return undefined;
    const record: ChargePointRecord = {
      ...before,
      ...(stopLatenciesMs.length > 0 && { stopLatenciesMs }),
      ...(tells !== undefined && { tellsSoc: { ...before.tellsSoc, [ref.connectorId]: tells } }),
    };
    this.#views.put(record);
    return record;
  }

  /** The site with only those options that its charger can keep: where no state of charge is ever told, none is sold. */
  asKept(site: Site): Site {
    const { chargePoint, connector } = site;
    if (this.#views.record(chargePoint.id).tellsSoc?.[connector.connectorId] !== false) return site;
    const { soc: _untold, ...options } = connector.options;
    return { ...site, connector: { ...connector, options } };
  }
}
