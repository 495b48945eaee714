/**
 * Determines how a charge point can enforce a limit, from its configuration, its earlier sessions and its refusals of
 * charging profiles.
 */
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import { addStopLatency, capabilitiesOf } from '../../domain/metering/charger-capabilities.js';
import type { ChargerCapabilities, ConnectorRef, Site } from '../../domain/model/network.js';
import type { Accepted } from '../../domain/model/decision.js';
import type { Session } from '../../domain/model/session.js';
import { NO_EXTRA_WRITE, type ExtraWrite } from '../orders/extra-write.js';
import type { ChargePointState } from './charge-point-state.js';

/** How long a session may run without a state of charge before we assume that the charger reports none, ms. */
const SOC_EXPECTED_WITHIN_MS = 300_000;

export class Capabilities {
  readonly #catalogue: CatalogueLookup;
  readonly #chargePoints: ChargePointState;
  /**
   * The generation of the connection on which a charge point refused a charging profile, by charge point id. We send no
   * other profile on that connection.
   */
  readonly #profilesRefusedOn = new Map<string, number>();

  constructor(catalogue: CatalogueLookup, chargePoints: ChargePointState) {
    this.#catalogue = catalogue;
    this.#chargePoints = chargePoints;
  }

  /** Returns `undefined` if the connector is not configured. */
  capabilitiesOf(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): ChargerCapabilities | undefined {
    const connector = this.#catalogue.site(ref)?.connector;
    if (!connector) return undefined;
    const { configuration = {}, stopLatenciesMs = [] } = this.#chargePoints.record(ref.chargePointId);
    const capabilities = capabilitiesOf(configuration, connector, stopLatenciesMs);
    if (!capabilities.chargingRate || !this.#refusesProfiles(ref.chargePointId)) return capabilities;
    const { chargingRate: _refused, ...withoutProfiles } = capabilities;
    return withoutProfiles;
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
   * Returns what a completed session reveals about its charge point (stop latency, state of charge), to save in the
   * same write.
   * @param record The charge point's record, with other changes of that write.
   */
  learnedFrom(
    { order, stopLatencyMs }: Accepted,
    record = this.#chargePoints.record(order.connector.chargePointId),
  ): ExtraWrite {
    const { session, connector } = order;
    if (order.state !== 'completed' || !session) return NO_EXTRA_WRITE;
    const { stopLatenciesMs: latencies = [], reportsSoc = {} } = record;
    const stopLatenciesMs = stopLatencyMs === undefined ? latencies : addStopLatency(latencies, stopLatencyMs);
    const reported = reportsSoc[connector.connectorId];
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

  /** Removes the state-of-charge option from a site if the charger is known not to report a state of charge. */
  withSupportedOptions(site: Site): Site {
    const { chargePoint, connector } = site;
    if (this.#chargePoints.record(chargePoint.id).reportsSoc?.[connector.connectorId] !== false) return site;
    const { soc: _unsupported, ...options } = connector.options;
    return { ...site, connector: { ...connector, options } };
  }
}

function lastedLong({ meter, startReceivedAt }: Session): boolean {
  return meter.receivedAt - startReceivedAt >= SOC_EXPECTED_WITHIN_MS;
}
