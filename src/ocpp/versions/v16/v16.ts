/** OCPP 1.6: what chargers may call, and how their payloads become events. */
import type { ChargerEvent, ChargerOutcome } from '../../../ports/charger-events.js';
import type { ConnectorStatus } from '../../../domain/model/network.js';
import { ocppActions } from '../../../schema/validators.js';
import { errorCode } from '../../frames/call-errors.js';
import type { Payload } from '../../frames/frame.js';
import { lazyCheck } from '../lazy-check.js';
import { statusOf, encodeCommand } from './commands.js';
import { configure } from './configure.js';
import { formatTime, numberOf, parseTime, textOf } from '../fields.js';
import { readMeterValues } from './meter.js';
import { OutcomeMismatch, type OcppVersion, type Route } from '../version.js';

type EventReader = (payload: Payload, raw: string, now: number) => ChargerEvent;
type ResponseWriter = (outcome: ChargerOutcome) => Payload;

const EMPTY_PAYLOAD: Payload = {};

const CONNECTOR_STATUSES: { readonly [S in ConnectorStatus]: S } = {
  Available: 'Available',
  Preparing: 'Preparing',
  Charging: 'Charging',
  SuspendedEVSE: 'SuspendedEVSE',
  SuspendedEV: 'SuspendedEV',
  Finishing: 'Finishing',
  Reserved: 'Reserved',
  Unavailable: 'Unavailable',
  Faulted: 'Faulted',
};

function isConnectorStatus(word: string): word is ConnectorStatus {
  return Object.hasOwn(CONNECTOR_STATUSES, word);
}

const writeAcknowledgement: ResponseWriter = (outcome) => {
  if (outcome.type !== 'notification-received') throw new OutcomeMismatch('notification-received', outcome.type);
  return EMPTY_PAYLOAD;
};

const readNotification =
  (action: string): EventReader =>
  (payload) => ({ type: 'notification-received', action, payload });

function readTimestamp(payload: Payload): { readonly at?: number } {
  const at = parseTime(payload['timestamp']);
  return at === undefined ? {} : { at };
}

const routes: ReadonlyMap<string, Route> = new Map([
  route(
    'Authorize',
    (payload) => ({ type: 'authorization-requested', idTag: textOf(payload, 'idTag') ?? '' }),
    (outcome) => {
      if (outcome.type !== 'authorization-requested') throw new OutcomeMismatch('Authorize', outcome.type);
      const { status, expiresAt } = outcome;
      return { idTagInfo: expiresAt === undefined ? { status } : { status, expiryDate: formatTime(expiresAt) } };
    },
  ),

  route(
    'BootNotification',
    (payload) => ({ type: 'booted', boot: payload }),
    (outcome) => {
      if (outcome.type !== 'booted') throw new OutcomeMismatch('BootNotification', outcome.type);
      return { status: outcome.status, currentTime: formatTime(outcome.now), interval: outcome.intervalS };
    },
    { caching: 'none', isBoot: true },
  ),

  route(
    'DataTransfer',
    (payload) => {
      const messageId = textOf(payload, 'messageId');
      const data = textOf(payload, 'data');
      return {
        type: 'data-transferred',
        vendorId: textOf(payload, 'vendorId') ?? '',
        ...(messageId === undefined ? {} : { messageId }),
        ...(data === undefined ? {} : { data }),
      };
    },
    (outcome) => {
      if (outcome.type !== 'data-transferred') throw new OutcomeMismatch('DataTransfer', outcome.type);
      return { status: outcome.status };
    },
  ),

  route('DiagnosticsStatusNotification', readNotification('DiagnosticsStatusNotification'), writeAcknowledgement),
  route('FirmwareStatusNotification', readNotification('FirmwareStatusNotification'), writeAcknowledgement),
  route('LogStatusNotification', readNotification('LogStatusNotification'), writeAcknowledgement),
  route('SecurityEventNotification', readNotification('SecurityEventNotification'), writeAcknowledgement),
  route('SignedFirmwareStatusNotification', readNotification('SignedFirmwareStatusNotification'), writeAcknowledgement),

  route(
    'SignCertificate',
    (payload) => ({ type: 'certificate-requested', csr: textOf(payload, 'csr') ?? '' }),
    (outcome) => {
      if (outcome.type !== 'certificate-requested') throw new OutcomeMismatch('SignCertificate', outcome.type);
      return { status: outcome.status };
    },
  ),

  route(
    'Heartbeat',
    () => HEARTBEAT,
    (outcome) => {
      if (outcome.type !== 'heartbeat') throw new OutcomeMismatch('Heartbeat', outcome.type);
      return { currentTime: formatTime(outcome.now) };
    },
    { caching: 'none' },
  ),

  route(
    'MeterValues',
    (payload, raw, now) => {
      const transactionId = numberOf(payload, 'transactionId');
      const connectorId = numberOf(payload, 'connectorId') ?? 0;
      const samples = readMeterValues(payload['meterValue'], now);
      // Two literals instead of one with a spread: this is the hottest line of the house.
      return transactionId === undefined
        ? { type: 'meter-sampled', connectorId, samples, raw }
        : { type: 'meter-sampled', connectorId, transactionId: String(transactionId), samples, raw };
    },
    writeAcknowledgement,
    { billingFields: ['connectorId', 'meterValue'] },
  ),

  route(
    'StartTransaction',
    (payload, raw) => ({
      type: 'transaction-started',
      connectorId: numberOf(payload, 'connectorId') ?? 0,
      idTag: textOf(payload, 'idTag') ?? '',
      meterStartWh: numberOf(payload, 'meterStart') ?? 0,
      ...readTimestamp(payload),
      raw,
    }),
    (outcome) => {
      if (outcome.type !== 'transaction-started') throw new OutcomeMismatch('StartTransaction', outcome.type);
      return { transactionId: Number(outcome.transactionId), idTagInfo: { status: outcome.status } };
    },
    // Without a meterStart it counts from 0: what that makes of the stop is impossible, held back, and shown to a person.
    { caching: 'permanent', billingFields: ['connectorId', 'idTag'] },
  ),

  route(
    'StatusNotification',
    (payload) => {
      const status = textOf(payload, 'status') ?? '';
      if (!isConnectorStatus(status)) throw new Error(`no connector status: ${status}`);
      const connectorId = numberOf(payload, 'connectorId') ?? 0;
      const errorCode = textOf(payload, 'errorCode') ?? 'NoError';
      return { type: 'connector-status-changed', connectorId, status, errorCode, ...readTimestamp(payload) };
    },
    writeAcknowledgement,
  ),

  route(
    'StopTransaction',
    (payload, raw, now) => {
      const idTag = textOf(payload, 'idTag');
      const meterStopWh = numberOf(payload, 'meterStop');
      return {
        type: 'transaction-stopped',
        transactionId: String(numberOf(payload, 'transactionId') ?? 0),
        ...(idTag === undefined ? {} : { idTag }),
        // Some firmwares write -1 for a reading that they do not have.
        ...(meterStopWh === undefined || meterStopWh < 0 ? {} : { meterStopWh }),
        ...readTimestamp(payload),
        // §6.49: an absent reason means Local.
        reason: textOf(payload, 'reason') ?? 'Local',
        samples: readMeterValues(payload['transactionData'], now),
        raw,
      };
    },
    (outcome) => {
      if (outcome.type !== 'transaction-stopped') throw new OutcomeMismatch('StopTransaction', outcome.type);
      return outcome.status === undefined ? EMPTY_PAYLOAD : { idTagInfo: { status: outcome.status } };
    },
    { caching: 'permanent', billingFields: ['transactionId'] },
  ),
]);

const HEARTBEAT: ChargerEvent = { type: 'heartbeat' };

function route(
  action: string,
  read: EventReader,
  reply: ResponseWriter,
  more: Partial<Pick<Route, 'caching' | 'isBoot' | 'billingFields'>> = {},
): [string, Route] {
  const request = lazyCheck('1.6', action, 'request');
  const response = lazyCheck('1.6', action, 'response');
  return [
    action,
    {
      checkRequest: request,
      checkResponse: response,
      readEvent: read,
      writeResponse: reply,
      caching: 'brief',
      isBoot: false,
      ...more,
    },
  ];
}

export const v16: OcppVersion = {
  name: '1.6',
  subprotocol: 'ocpp1.6',
  routes,
  hasAction: (action) => ocppActions('1.6').has(action),
  errorCode: (kind) => errorCode(kind, '1.6'),
  encodeCommand,
  statusOf,
  readMeterSamples: (payload, receivedAt) => readMeterValues(payload['meterValue'], receivedAt),
  configure,
};
