/** What is known of a charger's ways of holding a limit: from its configuration, and from what it did before. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Accepted } from '../../domain/model/decision.js';
import { capabilitiesOf, addStopLatency } from '../../domain/metering/charger-capabilities.js';
import { type ChargerCapabilities } from '../../domain/model/charger-capabilities.js';
import type { ConnectorRef, Site } from '../../domain/model/network.js';
import type { Session } from '../../domain/model/session.js';
import type { Batch, ChargePointRecord } from '../../ports/store.js';
import type { ChargePointState } from './charge-point-state.js';

/** A session that tells no state of charge for so long belongs to a charger that never does, ms. */
const SOC_EXPECTED_WITHIN_MS = 300_000;

export class Capabilities {
  readonly #catalogue: Catalogue;
  readonly #chargePoints: ChargePointState;
  /** The socket on which a charger refused a power plan: it is not tried again there. */
  readonly #profilesRefusedOn = new Map<string, number>();

  constructor(catalogue: Catalogue, views: ChargePointState) {
    this.#catalogue = catalogue;
    this.#chargePoints = views;
  }

  capabilitiesOf(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): ChargerCapabilities | undefined {
    const connector = this.#catalogue.site(ref)?.connector;
    if (!connector) return undefined;
    const { configuration = {}, stopLatenciesMs = [] } = this.#chargePoints.record(ref.chargePointId);
    const means = capabilitiesOf(configuration, connector, stopLatenciesMs);
    if (!means.chargingRate || !this.#refusesProfiles(ref.chargePointId)) return means;
    const { chargingRate: _refused, ...rest } = means;
    return rest;
  }

  #refusesProfiles(chargePointId: string): boolean {
    const generation = this.#chargePoints.connectionOf(chargePointId)?.generation;
    return generation !== undefined && this.#profilesRefusedOn.get(chargePointId) === generation;
  }

  markProfilesRefused(chargePointId: string): void {
    const generation = this.#chargePoints.connectionOf(chargePointId)?.generation;
    if (generation !== undefined) this.#profilesRefusedOn.set(chargePointId, generation);
  }

  /** What an end teaches about its charger, to be saved with it. */
  learnedFrom({ order, stopLatencyMs }: Accepted): Pick<Batch, 'chargePoints'> {
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
    const before = this.#chargePoints.record(ref.chargePointId);
    const known = before.stopLatenciesMs ?? [];
    const stopLatenciesMs = stopLatencyMs === undefined ? known : addStopLatency(known, stopLatencyMs);
    const told = session.meter.soc !== undefined;
    const long = session.meter.receivedAt - session.startReceivedAt >= SOC_EXPECTED_WITHIN_MS;
    const tells =
      told || (long ? (before.reportsSoc?.[ref.connectorId] ?? false) : before.reportsSoc?.[ref.connectorId]);
    if (stopLatenciesMs === known && tells === before.reportsSoc?.[ref.connectorId]) return undefined;
    const record: ChargePointRecord = {
      ...before,
      ...(stopLatenciesMs.length > 0 && { stopLatenciesMs }),
      ...(tells !== undefined && { reportsSoc: { ...before.reportsSoc, [ref.connectorId]: tells } }),
    };
    this.#chargePoints.put(record);
    return record;
  }

  /** The site with only those options that its charger can keep: where no state of charge is ever told, none is sold. */
  withSupportedOptions(site: Site): Site {
    const { chargePoint, connector } = site;
    if (this.#chargePoints.record(chargePoint.id).reportsSoc?.[connector.connectorId] !== false) return site;
    const { soc: _untold, ...options } = connector.options;
    return { ...site, connector: { ...connector, options } };
  }
}
