/** A scripted 1.6 charge point. */
import type { CertificateAuthority } from '../../../src/ports/certificates.js';
import type { Order } from '../../../src/domain/model/order.js';
import { type ChargerFixture as GroundOf, Line, openChargerFixture, type Payload } from '../charger-fixture.js';

export type { Payload } from '../charger-fixture.js';

export class ChargePoint extends Line {
  boot(): Promise<Payload> {
    return this.ask('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' });
  }

  status(status: string, more: object = {}): Promise<Payload> {
    return this.ask('StatusNotification', {
      connectorId: 1,
      errorCode: 'NoError',
      status,
      timestamp: this.time(),
      ...more,
    });
  }

  authorize(idTag: string | undefined): Promise<Payload> {
    return this.ask('Authorize', { idTag });
  }

  start(idTag: string | undefined, more: object = {}): Promise<Payload> {
    return this.ask('StartTransaction', { connectorId: 1, idTag, meterStart: 1000, timestamp: this.time(), ...more });
  }

  meter(transactionId: unknown, registerWh: number): Promise<Payload> {
    const sampledValue = [{ value: String(registerWh), unit: 'Wh' }];
    const meterValue = [{ timestamp: this.time(), sampledValue }];
    return this.ask('MeterValues', { connectorId: 1, transactionId, meterValue });
  }

  stop(transactionId: unknown, meterStop: number, more: object = {}): Promise<Payload> {
    return this.ask('StopTransaction', { transactionId, meterStop, timestamp: this.time(), ...more });
  }
}

export interface ChargerFixture extends GroundOf<ChargePoint> {
  /** Opens another socket of the charge point. It does not boot. */
  back(from?: string): Promise<ChargePoint>;
  /** Cuts the charge point's connection and waits until the bridge has noticed. */
  down(point: ChargePoint): Promise<void>;
  now(order: Order): Promise<Order>;
}

export async function startChargerFixture(
  more: {
    readonly authority?: CertificateAuthority;
    readonly configureAtConnect?: boolean;
    readonly hasPasswords?: boolean;
  } = {},
): Promise<ChargerFixture> {
  const fixture = await openChargerFixture(ChargePoint, more);
  return {
    ...fixture,
    back: (from) => fixture.connect(['ocpp1.6'], from),
    async down(point) {
      point.ws.terminate();
      await fixture.harness.clock.advance(1000);
    },
    now: (order) => fixture.harness.order(order.id),
  };
}
