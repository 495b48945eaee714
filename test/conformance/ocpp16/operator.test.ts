/**
 * Operator commands to a charge point, sent as in the compliancy test cases, their stored results, and the stored
 * notifications and security events of the charge point.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { type ChargePoint, type ChargerFixture, startChargerFixture } from './charge-point.js';

let fixture: ChargerFixture;
let point: ChargePoint;
beforeEach(async () => {
  await loadSodium();
  fixture = await startChargerFixture();
  point = await fixture.back();
  await point.boot();
});
afterEach(() => fixture.stop());

type Case = readonly [name: string, action: string, payload: object, response: object];

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const HASHES = { hashAlgorithm: 'SHA256', issuerNameHash: 'aa', issuerKeyHash: 'bb', serialNumber: '1' };
const LIST = [{ idTag: 'TAG', idTagInfo: { status: 'Accepted' } }];
const FULL = { listVersion: 3, updateType: 'Full', localAuthorizationList: LIST };
const DIFFERENTIAL = { listVersion: 4, updateType: 'Differential', localAuthorizationList: LIST };

describe('OCPP 1.6 commands of an operator', () => {
  it.each<Case>([
    ['TC_017_1 no fixed cable', 'UnlockConnector', { connectorId: 1 }, { status: 'Unlocked' }],
    ['TC_017_2 a fixed cable', 'UnlockConnector', { connectorId: 1 }, { status: 'NotSupported' }],
    ['TC_030 the lock fails', 'UnlockConnector', { connectorId: 1 }, { status: 'UnlockFailed' }],
    ['TC_031 an unknown connector', 'UnlockConnector', { connectorId: 9 }, { status: 'NotSupported' }],
    [
      'TC_019 one key',
      'GetConfiguration',
      { key: ['SupportedFeatureProfiles'] },
      { configurationKey: [{ key: 'SupportedFeatureProfiles', readonly: true, value: 'Core' }] },
    ],
    ['TC_019 all keys', 'GetConfiguration', {}, { configurationKey: [], unknownKey: [] }],
    ['TC_021', 'ChangeConfiguration', { key: 'MeterValueSampleInterval', value: '60' }, { status: 'Accepted' }],
    ['TC_040_1', 'ChangeConfiguration', { key: 'NoSuchKey', value: '60' }, { status: 'NotSupported' }],
    ['TC_040_2', 'ChangeConfiguration', { key: 'MeterValueSampleInterval', value: '-1' }, { status: 'Rejected' }],
    ['TC_042 the list is empty', 'GetLocalListVersion', {}, { listVersion: 0 }],
    ['TC_042 there is none', 'GetLocalListVersion', {}, { listVersion: -1 }],
    ['TC_043 a full list', 'SendLocalList', FULL, { status: 'Accepted' }],
    ['TC_043 a difference', 'SendLocalList', DIFFERENTIAL, { status: 'VersionMismatch' }],
    ['TC_043 a failure', 'SendLocalList', FULL, { status: 'Failed' }],
    ['TC_054', 'TriggerMessage', { requestedMessage: 'MeterValues', connectorId: 1 }, { status: 'Accepted' }],
    ['TC_055', 'TriggerMessage', { requestedMessage: 'Heartbeat' }, { status: 'Rejected' }],
    ['TC_061', 'ClearCache', {}, { status: 'Accepted' }],
    ['TC_075 the root of ours', 'InstallCertificate', install('CentralSystemRootCertificate'), { status: 'Accepted' }],
    ['TC_075 the maker’s', 'InstallCertificate', install('ManufacturerRootCertificate'), { status: 'Rejected' }],
    [
      'TC_076 which are there',
      'GetInstalledCertificateIds',
      { certificateType: 'CentralSystemRootCertificate' },
      { status: 'Accepted', certificateHashData: [HASHES] },
    ],
    ['TC_076 one is deleted', 'DeleteCertificate', { certificateHashData: HASHES }, { status: 'Accepted' }],
    ['TC_076 one that is not there', 'DeleteCertificate', { certificateHashData: HASHES }, { status: 'NotFound' }],
    ['TC_083 upward', 'ChangeConfiguration', { key: 'SecurityProfile', value: '2' }, { status: 'Accepted' }],
    ['TC_084 refused', 'ChangeConfiguration', { key: 'SecurityProfile', value: '1' }, { status: 'Rejected' }],
  ])('%s: %s', async (_name, action, payload, response) => {
    point.answers[action] = () => response;
    const result = await point.operated(action, payload);
    expect(point.calls).toMatchObject([{ action, payload }]);
    expect(point.calls[0]?.payload).toEqual(payload);
    expect(result).toMatchObject({ state: 'answered', payload, response });
    if ('status' in response) expect(result['status']).toBe(response.status);
  });

  it('what breaks the schema of its message is not sent', async () => {
    expect(await point.operated('InstallCertificate', { certificateType: 'Whatever' })).toMatchObject({
      state: 'not-sent',
      reason: 'invalid',
    });
    expect(await point.operated('SignCertificate', { csr: 'x' })).toMatchObject({ reason: 'unsupported' });
    expect(point.calls).toEqual([]);
  });

  it('TC_064 the data of a vendor that nobody knows', async () => {
    expect(await point.ask('DataTransfer', { vendorId: 'x', messageId: 'm', data: 'd' })).toEqual({
      status: 'UnknownVendorId',
    });
  });
});

function install(certificateType: string): object {
  return { certificateType, certificate: CERTIFICATE };
}

describe('OCPP 1.6 operations that take time: the command, then what the charge point notifies of it', () => {
  const location = 'https://files.example/x';
  const AT = '2026-01-15T10:00:00Z';
  const signed = { location, retrieveDateTime: AT, signingCertificate: CERTIFICATE, signature: 'c2ln' };
  const firmware = { location, retrieveDate: AT };
  const secured = { requestId: 5, firmware: signed };
  const logOf = { logType: 'SecurityLog', requestId: 6, log: { remoteLocation: location } };

  it.each<
    readonly [name: string, action: string, payload: object, response: object, notification: string, statuses: string[]]
  >([
    [
      'TC_044_1',
      'UpdateFirmware',
      firmware,
      {},
      'FirmwareStatusNotification',
      ['Downloading', 'Downloaded', 'Installing', 'Installed'],
    ],
    ['TC_044_2', 'UpdateFirmware', firmware, {}, 'FirmwareStatusNotification', ['Downloading', 'DownloadFailed']],
    [
      'TC_044_3',
      'UpdateFirmware',
      firmware,
      {},
      'FirmwareStatusNotification',
      ['Downloaded', 'Installing', 'InstallationFailed'],
    ],
    [
      'TC_045_1',
      'GetDiagnostics',
      { location },
      { fileName: 'd.log' },
      'DiagnosticsStatusNotification',
      ['Uploading', 'Uploaded'],
    ],
    ['TC_045_2', 'GetDiagnostics', { location }, {}, 'DiagnosticsStatusNotification', ['Uploading', 'UploadFailed']],
    [
      'TC_079',
      'GetLog',
      logOf,
      { status: 'Accepted', filename: 's.log' },
      'LogStatusNotification',
      ['Uploading', 'Uploaded'],
    ],
    [
      'TC_080',
      'SignedUpdateFirmware',
      secured,
      { status: 'Accepted' },
      'SignedFirmwareStatusNotification',
      ['Downloading', 'Downloaded', 'SignatureVerified', 'Installing', 'InstallRebooting', 'Installed'],
    ],
    [
      'TC_081',
      'SignedUpdateFirmware',
      secured,
      { status: 'Accepted' },
      'SignedFirmwareStatusNotification',
      ['Downloaded', 'InvalidSignature'],
    ],
  ])('%s: %s', async (_name, action, payload, response, notification, statuses) => {
    point.answers[action] = () => response;
    expect(await point.operated(action, payload)).toMatchObject({ state: 'answered', response });
    expect(point.calls).toMatchObject([{ action, payload }]);
    const requestId = 'requestId' in payload ? { requestId: payload.requestId } : {};
    const notifications = statuses.map((status) => [notification, { status, ...requestId }]);
    for (const status of statuses) {
      expect(await point.ask(notification, { status, ...requestId })).toEqual({});
      await fixture.harness.clock.advance(1000);
    }
    expect(await point.notifications()).toEqual(notifications);
  });

  it('TC_081 the event of an invalid signature is kept and rings', () =>
    tellsOf('InvalidFirmwareSignature', 'InvalidFirmwareSignature'));
  it('TC_077 a certificate of the charge point that is invalid: its event is kept and rings', () =>
    tellsOf('InvalidChargePointCertificate', 'InvalidChargePointCertificate'));
  it('TC_078 a certificate of ours that it finds invalid: its event is kept and rings', () =>
    tellsOf('InvalidCentralSystemCertificate', 'InvalidCentralSystemCertificate'));

  async function tellsOf(type: string, ...rings: string[]): Promise<void> {
    const payload = { type, timestamp: AT, techInfo: 'why' };
    expect(await point.ask('SecurityEventNotification', payload)).toEqual({});
    expect(await point.notifications()).toEqual([['SecurityEventNotification', payload]]);
    expect(fixture.harness.events.of('charger.security-event').map((event) => event['type'])).toEqual(rings);
  }
});
