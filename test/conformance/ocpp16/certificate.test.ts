/** An operator has the charge point renew its own certificate. One for another name is not signed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { X509Certificate } from 'node:crypto';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { createCertificateAuthority } from '../../../src/ocpp/auth/certificate-authority.js';
import { systemRandom } from '../../../src/observe/system-random.js';
import { makeCsr, TestAuthority } from '../../fakes/certificates.js';
import { until } from '../../fakes/until.js';
import { type ChargePoint, type ChargerFixture, startChargerFixture } from './charge-point.js';

let fixture: ChargerFixture;
let point: ChargePoint;
beforeEach(async () => {
  await loadSodium();
  const { issued } = await TestAuthority.make('Fleet CA');
  const clock = { now: () => Date.now() };
  fixture = await startChargerFixture({
    authority: createCertificateAuthority({ ...issued, days: 9, clock, random: systemRandom }),
  });
  point = await fixture.back();
  await point.boot();
});
afterEach(() => fixture.stop());

describe('OCPP 1.6 the certificate of a charge point', () => {
  it('TC_074 is asked for by the operator, signed, and sent', async () => {
    const trigger = { requestedMessage: 'SignChargePointCertificate' };
    expect(await point.operated('ExtendedTriggerMessage', trigger)).toMatchObject({ status: 'Accepted' });
    const csr = await makeCsr([{ CN: ['CP1'] }]);
    expect(await point.ask('SignCertificate', { csr })).toEqual({ status: 'Accepted' });
    const { payload } = await point.called('CertificateSigned');
    expect(Object.keys(payload)).toEqual(['certificateChain']);
    const certificate = new X509Certificate(String(payload['certificateChain']));
    expect([certificate.subject, certificate.issuer]).toEqual(['CN=CP1', 'CN=Fleet CA']);
    const signed = (): unknown[] => fixture.harness.events.of('charger.certificate-signed');
    await until(fixture.harness.clock, () => signed().length > 0);
    expect(signed()).toMatchObject([{ chargePointId: 'CP1', response: 'Accepted' }]);
  });

  it('TC_074 is not signed for another name', async () => {
    expect(await point.ask('SignCertificate', { csr: await makeCsr([{ CN: ['CP2'] }]) })).toEqual({
      status: 'Rejected',
    });
    await fixture.harness.clock.advance(5000);
    expect(point.calls).toEqual([]);
  });
});
