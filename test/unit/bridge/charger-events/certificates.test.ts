/**
 * Approved charge points, their certificate requests, boots whose serial number contradicts the certificate, and which
 * charge points count as in use.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { ApprovedChargePoints } from '../../../../src/bridge/charge-points/approved.js';
import { signCertificate } from '../../../../src/bridge/charger-events/certificates.js';
import type { CertificateAuthority } from '../../../../src/ports/certificates.js';
import { StoreFault } from '../../../../src/ports/store.js';
import type { ChargerCommand } from '../../../../src/ports/charger-commands.js';
import { createCertificateAuthority } from '../../../../src/ocpp/auth/certificate-authority.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { makeCsr, TestAuthority } from '../../../fakes/certificates.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

describe('an approved charge point', () => {
  it('is known from then on, over restarts; it boots, and sells nothing', async () => {
    const { chargerEvents: chargers, approvedChargePoints: approved } = harness.bridge;
    expect(chargers.isKnown('NEW 1')).toBe(false);
    await approved.add('NEW 1', 2);
    expect(chargers.isKnown('NEW 1')).toBe(true);
    await harness.restart();
    expect(harness.bridge.chargerEvents.isKnown('NEW 1')).toBe(true);
    expect(harness.bridge.approvedChargePoints.profileOf('NEW 1')).toBe(2);
    await harness.connect('NEW 1');
    expect(harness.bridge.chargerEvents.isAccepted('NEW 1')).toBe(true);
    const status = {
      type: 'connector-status-changed',
      connectorId: 1,
      status: 'Available',
      errorCode: 'NoError',
    } as const;
    expect(await harness.sendEvent(status, 'NEW 1')).toEqual({ type: 'notification-received' });
    expect(harness.bridge.catalogue.sites.some((site) => site.chargePoint.id === 'NEW 1')).toBe(false);
  });

  it('is not known when it could not be kept', async () => {
    const values = { values: async () => [], putValue: () => Promise.reject(new StoreFault('disk full')) };
    const approved = new ApprovedChargePoints(values, harness.clock);
    await expect(approved.add('NEW', 1)).rejects.toThrow(StoreFault);
    expect(approved.profileOf('NEW')).toBeUndefined();
  });

  it('a kept record of another shape is passed over', async () => {
    await harness.store.putValue('approved-charge-point|X', { profile: 9 });
    const approved = new ApprovedChargePoints(harness.store, harness.clock);
    await approved.load();
    expect(approved.ids()).toEqual([]);
  });
});

describe('a charger in use', () => {
  it('is charging while a transaction of ours is open', async () => {
    await harness.connect();
    const order = await harness.confirm();
    expect(harness.bridge.chargerEvents.hasOpenTransaction('CP1')).toBe(false);
    const transactionId = await harness.startTransaction(order, 1000);
    expect(harness.bridge.chargerEvents.hasOpenTransaction('CP1')).toBe(true);
    const stop = {
      type: 'transaction-stopped',
      transactionId,
      meterStopWh: 1500,
      reason: 'Local',
      samples: [],
      raw: '{}',
    } as const;
    await harness.sendEvent(stop);
    expect(harness.bridge.chargerEvents.hasOpenTransaction('CP1')).toBe(false);
  });

  it('§1.10 the end of an older socket is not the end of the newer one', async () => {
    const { chargerEvents: chargers, chargePoints: views } = harness.bridge;
    chargers.chargerConnected('CP1', { version: '1.6', generation: 7 });
    chargers.chargerConnected('CP1', { version: '1.6', generation: 8 });
    chargers.chargerDisconnected('CP1', 7);
    expect(views.connectionOf('CP1')?.generation).toBe(8);
    chargers.chargerDisconnected('CP1', 8);
    expect(views.connectionOf('CP1')).toBeUndefined();
  });
});

describe('OCPP 2.0.1 B01.FR.11, .12 the serial number at boot', () => {
  const boot = async (serialNumber?: string, certificateName?: string): Promise<number> => {
    harness.bridge.chargerEvents.chargerConnected('CP1', {
      ...{ version: '2.0.1', generation: 1, profile: 3 },
      ...(certificateName !== undefined && { certificateName }),
    });
    await harness.sendEvent({ type: 'booted', boot: {}, ...(serialNumber !== undefined && { serialNumber }) });
    return harness.events.of('charger.serial-differs').length;
  };

  it('is told when it is not the name of the certificate', async () => {
    expect(await boot('CP1', 'CP1')).toBe(0);
    expect(await boot('S-9')).toBe(0);
    expect(await boot('S-9', 'CP1')).toBe(1);
    expect(harness.events.of('charger.serial-differs')).toEqual([
      { chargePointId: 'CP1', certificateName: 'CP1', serialNumber: 'S-9' },
    ]);
  });
});

describe('TC_074_CSMS, TC_A_11_CSMS a certificate is asked for', () => {
  const sent: ChargerCommand[] = [];
  const ask = (
    authority: CertificateAuthority | undefined,
    csr: string,
    more: { certificateType?: string; requestId?: number } = {},
  ) => {
    sent.length = 0;
    const { clock, events } = harness;
    const commandSender = {
      isOnline: () => true,
      sendCommand: async (_id: string, command: ChargerCommand) => {
        sent.push(command);
        return { kind: 'answered', status: 'Accepted', payload: {} } as const;
      },
    };
    return signCertificate({ authority, commandSender, clock, events }, 'CP1', {
      type: 'certificate-requested',
      csr,
      ...more,
    });
  };
  const real = async () => {
    const { issued } = await TestAuthority.make('Fleet CA');
    return createCertificateAuthority({ ...issued, days: 9, clock: { now: () => Date.now() }, random: systemRandom });
  };

  it('Accepted, and the signed one follows after the answer', async () => {
    const outcome = await ask(await real(), await makeCsr([{ CN: ['CP1'] }]), {
      certificateType: 'ChargingStationCertificate',
      requestId: 5,
    });
    expect(outcome).toEqual({ type: 'certificate-requested', status: 'Accepted' });
    expect(sent).toEqual([]);
    await settle();
    expect(sent).toEqual([
      {
        type: 'action',
        action: 'CertificateSigned',
        payload: {
          certificateChain: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/),
          certificateType: 'ChargingStationCertificate',
          requestId: 5,
        },
      },
    ]);
    expect(harness.events.of('charger.certificate-signed')).toMatchObject([
      { chargePointId: 'CP1', response: 'Accepted' },
    ]);
  });

  it.each([
    ['no authority', false, 'CP1', undefined],
    ['not-this-identity', true, 'CP2', undefined],
    ['another kind of certificate', true, 'CP1', 'V2GCertificate'],
  ])('Rejected: %s', async (reason, configured, name, certificateType) => {
    const authority = configured ? await real() : undefined;
    const request = certificateType === undefined ? {} : { certificateType };
    const outcome = await ask(authority, await makeCsr([{ CN: [name] }]), request);
    expect(outcome).toEqual({ type: 'certificate-requested', status: 'Rejected' });
    await settle();
    expect(sent).toEqual([]);
    expect(harness.events.of('charger.certificate-refused')).toMatchObject([{ reason }]);
  });

  it('the bridge without an authority rejects', async () => {
    const outcome = await harness.sendEvent({ type: 'certificate-requested', csr: await makeCsr([{ CN: ['CP1'] }]) });
    expect(outcome).toEqual({ type: 'certificate-requested', status: 'Rejected' });
  });
});
