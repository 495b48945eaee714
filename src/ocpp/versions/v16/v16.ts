/** Maps the messages of an OCPP 1.6 charge point to events and responses. */
import type { MeterSample } from '../../../domain/model/command.js';
import type { ConnectorStatus } from '../../../domain/model/network.js';
import type { AuthorizationStatus, ChargerEventOf } from '../../../ports/charger-events.js';
import { ocppActions } from '../../../schema/validators.js';
import { errorCode } from '../../frames/call-errors.js';
import { EMPTY_PAYLOAD, numberOf, quantityOf, textOf, type Payload } from '../../frames/payload.js';
import { acknowledgeOnly, buildRoutes, route, type MessageDefinition } from '../routes.js';
import { formatTime, parseTime } from '../timestamps.js';
import type { OcppVersion } from '../version.js';
import { encodeCommand, statusOf } from './commands.js';
import { configure } from './configure.js';
import { readMeterValues } from './meter.js';

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

function isConnectorStatus(status: string): status is ConnectorStatus {
  return Object.hasOwn(CONNECTOR_STATUSES, status);
}

const HEARTBEAT: ChargerEventOf<'heartbeat'> = { type: 'heartbeat' };
const acknowledge = (): Payload => EMPTY_PAYLOAD;

function readTimestamp(payload: Payload): { readonly at?: number } {
  const at = parseTime(payload['timestamp']);
  return at === undefined ? {} : { at };
}

/**
 * Reads the samples of MeterValues. They state the message's connector only if the message also names a transaction,
 * because the two may contradict each other.
 */
function readSamples(payload: Payload, now: number): MeterSample[] {
  const connectorId = payload['transactionId'] === undefined ? undefined : numberOf(payload, 'connectorId');
  return readMeterValues(payload['meterValue'], now, connectorId);
}

function idTagInfo(status: AuthorizationStatus, expiresAt: number | undefined): Payload {
  return expiresAt === undefined ? { status } : { status, expiryDate: formatTime(expiresAt) };
}

/** @source OCPP 1.6 §6 and the security whitepaper */
const MESSAGES: readonly MessageDefinition[] = [
  route<'authorization-requested'>('Authorize', {
    readEvent: (payload) => ({ type: 'authorization-requested', idTag: textOf(payload, 'idTag') ?? '' }),
    writeResponse: ({ status, expiresAt }) => ({ idTagInfo: idTagInfo(status, expiresAt) }),
  }),

  route<'booted'>('BootNotification', {
    caching: 'none',
    isBoot: true,
    readEvent: (payload) => ({ type: 'booted', boot: payload }),
    writeResponse: ({ status, intervalS, now }) => ({ status, currentTime: formatTime(now), interval: intervalS }),
  }),

  route<'data-transferred'>('DataTransfer', {
    readEvent: (payload) => {
      const messageId = textOf(payload, 'messageId');
      const data = textOf(payload, 'data');
      return {
        type: 'data-transferred',
        vendorId: textOf(payload, 'vendorId') ?? '',
        ...(messageId !== undefined && { messageId }),
        ...(data !== undefined && { data }),
      };
    },
    writeResponse: ({ status }) => ({ status }),
  }),

  acknowledgeOnly('DiagnosticsStatusNotification'),
  acknowledgeOnly('FirmwareStatusNotification'),

  route<'heartbeat'>('Heartbeat', {
    caching: 'none',
    readEvent: () => HEARTBEAT,
    writeResponse: ({ now }) => ({ currentTime: formatTime(now) }),
  }),

  acknowledgeOnly('LogStatusNotification'),

  route<'meter-sampled'>('MeterValues', {
    billingFields: ['connectorId', 'meterValue'],
    readEvent: (payload, raw, now) => {
      const transactionId = numberOf(payload, 'transactionId');
      const connectorId = numberOf(payload, 'connectorId') ?? 0;
      const samples = readSamples(payload, now);
      // Two literals instead of a spread, because this is the most frequent message.
      return transactionId === undefined
        ? { type: 'meter-sampled', connectorId, samples, raw }
        : { type: 'meter-sampled', connectorId, transactionId: String(transactionId), samples, raw };
    },
    writeResponse: acknowledge,
  }),

  acknowledgeOnly('SecurityEventNotification'),

  route<'certificate-requested'>('SignCertificate', {
    readEvent: (payload) => ({ type: 'certificate-requested', csr: textOf(payload, 'csr') ?? '' }),
    writeResponse: ({ status }) => ({ status }),
  }),

  acknowledgeOnly('SignedFirmwareStatusNotification'),

  route<'transaction-started'>('StartTransaction', {
    caching: 'permanent',
    // Without a meterStart the session counts from its first reading, and a discrepancy is opened.
    billingFields: ['connectorId', 'idTag'],
    readEvent: (payload, raw) => {
      const meterStartWh = quantityOf(payload, 'meterStart') ?? -1;
      return {
        type: 'transaction-started',
        connectorId: numberOf(payload, 'connectorId') ?? 0,
        idTag: textOf(payload, 'idTag') ?? '',
        // Some firmware sends -1 if it has no reading.
        ...(meterStartWh < 0 ? { meterStartWh: 0, registerMissing: true } : { meterStartWh }),
        ...readTimestamp(payload),
        raw,
      };
    },
    writeResponse: ({ transactionId, status, expiresAt }) => ({
      transactionId: Number(transactionId),
      idTagInfo: idTagInfo(status, expiresAt),
    }),
  }),

  route<'connector-status-changed'>('StatusNotification', {
    readEvent: (payload) => {
      const status = textOf(payload, 'status') ?? '';
      if (!isConnectorStatus(status)) throw new Error(`unknown connector status: ${status}`);
      const connectorId = numberOf(payload, 'connectorId') ?? 0;
      const errorCode = textOf(payload, 'errorCode') ?? 'NoError';
      return { type: 'connector-status-changed', connectorId, status, errorCode, ...readTimestamp(payload) };
    },
    writeResponse: acknowledge,
  }),

  route<'transaction-stopped'>('StopTransaction', {
    caching: 'permanent',
    // The tag identifies the session too. After a restart, some firmware sends no transactionId, or text.
    billingFields: ['transactionId|idTag'],
    readEvent: (payload, raw, now) => {
      const idTag = textOf(payload, 'idTag');
      const meterStopWh = quantityOf(payload, 'meterStop');
      return {
        type: 'transaction-stopped',
        transactionId: String(numberOf(payload, 'transactionId') ?? 0),
        // An empty tag identifies no one.
        ...(idTag !== undefined && idTag !== '' && { idTag }),
        // Some firmware sends -1 if it has no reading.
        ...(meterStopWh !== undefined && meterStopWh >= 0 && { meterStopWh }),
        ...readTimestamp(payload),
        // §6.49: an absent reason means Local.
        reason: textOf(payload, 'reason') ?? 'Local',
        samples: readMeterValues(payload['transactionData'], now),
        raw,
      };
    },
    writeResponse: ({ status, expiresAt }) =>
      status === undefined ? EMPTY_PAYLOAD : { idTagInfo: idTagInfo(status, expiresAt) },
  }),
];

export const v16: OcppVersion = {
  name: '1.6',
  subprotocol: 'ocpp1.6',
  routes: buildRoutes('1.6', MESSAGES),
  hasAction: (action) => ocppActions('1.6').has(action),
  errorCode: (kind) => errorCode(kind, '1.6'),
  encodeCommand,
  statusOf,
  readMeterSamples: readSamples,
  configure,
};
