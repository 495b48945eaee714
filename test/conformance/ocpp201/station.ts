/** A scripted 2.x station. */
import { remoteStartIdOf } from '../../../src/domain/matching/remote-start-id.js';
import type { Network } from '../../../src/domain/model/network.js';
import type { Order } from '../../../src/domain/model/order.js';
import { StationProfiles } from '../../simulation/charger/station-profiles.js';
import { type ChargerFixture as GroundOf, Line, openChargerFixture, type Payload } from '../charger-fixture.js';

export type { Payload } from '../charger-fixture.js';
export type Version = '2.0.1' | '2.1';
export type ChargerFixture = GroundOf<Station>;

export class Station extends Line {
  readonly #profiles = new StationProfiles();
  #seqNo = 0;

  constructor(...line: ConstructorParameters<typeof Line>) {
    super(...line);
    Object.assign(this.answers, {
      RequestStartTransaction: (request: Payload) => {
        this.#profiles.offer(request);
        return { status: 'Accepted' };
      },
      SetChargingProfile: (request: Payload) => this.#profiles.set(request),
      ClearChargingProfile: (request: Payload) => this.#profiles.clear(request),
    });
  }

  boot(): Promise<Payload> {
    return this.ask('BootNotification', {
      reason: 'PowerUp',
      chargingStation: { model: 'M', vendorName: 'V', serialNumber: '1' },
    });
  }

  status(connectorStatus: string): Promise<Payload> {
    const timestamp = this.time();
    return this.ask('StatusNotification', { timestamp, connectorStatus, evseId: 1, connectorId: 1 });
  }

  /** Sends a TransactionEvent of transaction `tx`, unless `info` names another. `seqNo` rises by one unless given. */
  async tell(
    eventType: 'Started' | 'Updated' | 'Ended',
    triggerReason: string,
    more: {
      readonly info?: object;
      readonly registerWh?: number;
      readonly context?: string;
      readonly seqNo?: number;
      readonly [key: string]: unknown;
    } = {},
  ): Promise<Payload> {
    const { info = {}, registerWh, context = 'Sample.Periodic', seqNo = this.#seqNo, ...rest } = more;
    this.#seqNo = seqNo + 1;
    const transactionInfo = { transactionId: 'tx', ...info };
    if (eventType === 'Started') this.#profiles.begin(transactionInfo.transactionId, this.harness.clock.now());
    if (eventType === 'Ended') this.#profiles.end();
    const sampledValue = [{ value: registerWh, context, unitOfMeasure: { unit: 'Wh' } }];
    const meter = registerWh === undefined ? {} : { meterValue: [{ timestamp: this.time(), sampledValue }] };
    return this.ask('TransactionEvent', {
      eventType,
      triggerReason,
      timestamp: this.time(),
      seqNo,
      transactionInfo,
      ...meter,
      ...rest,
    });
  }
}

export function startChargerFixture(configureAtConnect = false, network?: Network): Promise<ChargerFixture> {
  return openChargerFixture(Station, { configureAtConnect, ...(network && { network }) });
}

/** The fields with which a station names the order of a remote start. */
export const named = (order: Order): { readonly info: object; readonly idToken: object } => ({
  info: { remoteStartId: remoteStartIdOf(order.idTag ?? ''), chargingState: 'Charging' },
  idToken: { idToken: order.idTag ?? '', type: 'Central' },
});
