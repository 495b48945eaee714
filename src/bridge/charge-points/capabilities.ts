/** What is known of a charger's ways of holding a limit: from its configuration, and from what it did before. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Accepted } from '../../domain/model/decision.js';
import { capabilitiesOf, addStopLatency } from '../../domain/metering/charger-capabilities.js';
import { type ChargerCapabilities } from '../../domain/model/charger-capabilities.js';
import type { ConnectorRef, Site } from '../../domain/model/network.js';
import type { Session } from '../../domain/model/session.js';
import { NO_EXTRA_WRITE, type ExtraWrite } from '../orders/extra-write.js';
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

  /**
   * What an ended session teaches about its charge point, to be saved in the same write.
   * @param record The charge point's record as that write leaves it.
   */
  learnedFrom(
    { order, stopLatencyMs }: Accepted,
    record = this.#chargePoints.record(order.connector.chargePointId),
  ): ExtraWrite {
    const { session, connector } = order;
    if (order.state !== 'completed' || !session) return NO_EXTRA_WRITE;
    const { stopLatenciesMs: latencies = [], reportsSoc } = record;
    const stopLatenciesMs = stopLatencyMs === undefined ? latencies : addStopLatency(latencies, stopLatencyMs);
    const reported = reportsSoc?.[connector.connectorId];
    const reports = session.meter.soc !== undefined || (lastedLong(session) ? (reported ?? false) : reported);
    if (stopLatenciesMs === latencies && reports === reported) return NO_EXTRA_WRITE;
    const learned = {
      ...(stopLatenciesMs.length > 0 && { stopLatenciesMs }),
      ...(reports !== undefined && { reportsSoc: { ...reportsSoc, [connector.connectorId]: reports } }),
    };
    return {
      batch: { chargePoints: [{ ...record, ...learned }] },
      committed: () => this.#chargePoints.update(connector.chargePointId, learned),
    };
  }

  /** The site with only those options that its charger can keep: where no state of charge is ever told, none is sold. */
  withSupportedOptions(site: Site): Site {
    const { chargePoint, connector } = site;
    if (this.#chargePoints.record(chargePoint.id).reportsSoc?.[connector.connectorId] !== false) return site;
    const { soc: _untold, ...options } = connector.options;
    return { ...site, connector: { ...connector, options } };
  }
}

function lastedLong({ meter, startReceivedAt }: Session): boolean {
  return meter.receivedAt - startReceivedAt >= SOC_EXPECTED_WITHIN_MS;
}
