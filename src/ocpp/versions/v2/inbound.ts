/** OCPP 2.x: what stations may call, and how their payloads become events. */
import type { ConnectorStatusReport } from '../../../ports/charger-events.js';
import type { ConnectorStatus } from '../../../domain/model/network.js';
import type { Json } from '../../../domain/model/object.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { acknowledgeOnly, type MessageDefinition, type ResponseWriter } from '../routes.js';
import { toConnectorNumber, readConnectorNumber } from './evse.js';
import { formatTime, numberOf, parseTime, textOf } from '../fields.js';
import { readSamples } from './meter.js';
import { writeTransactionEventResponse, readTransactionEvent } from './transactions.js';
import { readReport } from './variables.js';
import { OutcomeMismatch } from '../version.js';

const writeAcknowledgement: ResponseWriter = (outcome) => {
  if (outcome.type !== 'notification-received') throw new OutcomeMismatch('notification-received', outcome.type);
  return {};
};

const authorize: MessageDefinition = {
  action: 'Authorize',
  readEvent: (payload) => {
    const token = payload['idToken'];
    const idTag = token !== undefined && isPayload(token) ? textOf(token, 'idToken') : undefined;
    return { type: 'authorization-requested', idTag: idTag ?? '' };
  },
  writeResponse: (outcome) => {
    if (outcome.type !== 'authorization-requested') throw new OutcomeMismatch('Authorize', outcome.type);
    const { status, expiresAt } = outcome;
    const expiry = expiresAt !== undefined && { cacheExpiryDateTime: formatTime(expiresAt) };
    return { idTokenInfo: { status, ...expiry } };
  },
};

const bootNotification: MessageDefinition = {
  action: 'BootNotification',
  readEvent: (payload) => {
    const station = payload['chargingStation'];
    const serialNumber = station !== undefined && isPayload(station) ? textOf(station, 'serialNumber') : undefined;
    return { type: 'booted', boot: payload, ...(serialNumber !== undefined && { serialNumber }) };
  },
  writeResponse: (outcome) => {
    if (outcome.type !== 'booted') throw new OutcomeMismatch('BootNotification', outcome.type);
    return { status: outcome.status, currentTime: formatTime(outcome.now), interval: outcome.intervalS };
  },
  caching: 'none',
  isBoot: true,
};

const dataTransfer: MessageDefinition = {
  action: 'DataTransfer',
  readEvent: (payload) => {
    const messageId = textOf(payload, 'messageId');
    const { data } = payload;
    return {
      type: 'data-transferred',
      vendorId: textOf(payload, 'vendorId') ?? '',
      ...(messageId !== undefined && { messageId }),
      ...(data !== undefined && { data: typeof data === 'string' ? data : JSON.stringify(data) }),
    };
  },
  writeResponse: (outcome) => {
    if (outcome.type !== 'data-transferred') throw new OutcomeMismatch('DataTransfer', outcome.type);
    return { status: outcome.status };
  },
};

const heartbeat: MessageDefinition = {
  action: 'Heartbeat',
  readEvent: () => ({ type: 'heartbeat' }),
  writeResponse: (outcome) => {
    if (outcome.type !== 'heartbeat') throw new OutcomeMismatch('Heartbeat', outcome.type);
    return { currentTime: formatTime(outcome.now) };
  },
  caching: 'none',
};

const meterValues: MessageDefinition = {
  action: 'MeterValues',
  readEvent: (payload, raw, now) => ({
    type: 'meter-sampled',
    connectorId: numberOf(payload, 'evseId') ?? 0,
    samples: readSamples(payload['meterValue'], now),
    raw,
  }),
  writeResponse: writeAcknowledgement,
  billingFields: ['evseId', 'meterValue'],
};

/** @source OCPP 2.0.1 A02; `requestId` is 2.1's. */
const signCertificate: MessageDefinition = {
  action: 'SignCertificate',
  readEvent: (payload) => {
    const kind = textOf(payload, 'certificateType');
    const requestId = numberOf(payload, 'requestId');
    return {
      type: 'certificate-requested',
      csr: textOf(payload, 'csr') ?? '',
      ...(kind !== undefined && { certificateType: kind }),
      ...(requestId !== undefined && { requestId }),
    };
  },
  writeResponse: (outcome) => {
    if (outcome.type !== 'certificate-requested') throw new OutcomeMismatch('SignCertificate', outcome.type);
    return { status: outcome.status };
  },
};

const CONNECTOR_STATUSES: ReadonlyMap<string, ConnectorStatus | 'Occupied'> = new Map([
  ['Available', 'Available'],
  ['Occupied', 'Occupied'],
  ['Reserved', 'Reserved'],
  ['Unavailable', 'Unavailable'],
  ['Faulted', 'Faulted'],
]);

/** A 2.x station has no error codes: `Faulted` says it all. */
function toStatusReport(
  connectorId: number,
  word: string | undefined,
  at: number | undefined,
): ConnectorStatusReport | undefined {
  const status = CONNECTOR_STATUSES.get(word ?? '');
  if (!status) return undefined;
  const errorCode = status === 'Faulted' ? 'OtherError' : 'NoError';
  return { connectorId, status, errorCode, ...(at !== undefined && { at }) };
}

const statusNotification: MessageDefinition = {
  action: 'StatusNotification',
  readEvent: (payload) => {
    const connectorId = toConnectorNumber(numberOf(payload, 'evseId') ?? 0, numberOf(payload, 'connectorId'));
    const word = textOf(payload, 'connectorStatus');
    const connector = toStatusReport(connectorId, word, parseTime(payload['timestamp']));
    if (!connector) throw new Error(`no connector status: ${word ?? 'none'}`);
    return { type: 'connector-status-changed', ...connector };
  },
  writeResponse: writeAcknowledgement,
};

/** Connectors' states may come as events of their component instead. @source OCPP 2.0.1 N07, G01 */
const notifyEvent: MessageDefinition = {
  action: 'NotifyEvent',
  readEvent: (payload) => {
    const connectors = statusReportsIn(payload['eventData']);
    return connectors.length > 0
      ? { type: 'connector-statuses-reported', connectors }
      : { type: 'notification-received', action: 'NotifyEvent', payload };
  },
  writeResponse: writeAcknowledgement,
};

function statusReportsIn(events: Json | undefined): ConnectorStatusReport[] {
  if (!Array.isArray(events)) return [];
  const list: readonly Json[] = events;
  return list.flatMap((event) => (isPayload(event) ? (statusReportIn(event) ?? []) : []));
}

function statusReportIn(event: Payload): ConnectorStatusReport | undefined {
  const { component, variable } = event;
  if (component === undefined || variable === undefined || !isPayload(component) || !isPayload(variable))
    return undefined;
  const connectorId = readConnectorNumber(component['evse']);
  if (component['name'] !== 'Connector' || connectorId === undefined) return undefined;
  const at = parseTime(event['timestamp']);
  const value = textOf(event, 'actualValue');
  if (variable['name'] === 'AvailabilityState') return toStatusReport(connectorId, value, at);
  // The end of a problem says nothing of what comes after it: the state does.
  return variable['name'] === 'Problem' && value?.toLowerCase() === 'true'
    ? toStatusReport(connectorId, 'Faulted', at)
    : undefined;
}

const notifyReport: MessageDefinition = {
  action: 'NotifyReport',
  readEvent: (payload) => ({ type: 'variables-reported', variables: readReport(payload) }),
  writeResponse: writeAcknowledgement,
};

const reservationStatusUpdate: MessageDefinition = {
  action: 'ReservationStatusUpdate',
  readEvent: (payload) => {
    const reservationId = numberOf(payload, 'reservationId');
    const action = 'ReservationStatusUpdate';
    return reservationId === undefined
      ? { type: 'notification-received', action, payload }
      : {
          type: 'reservation-ended',
          reservationId,
          updateStatus: textOf(payload, 'reservationUpdateStatus') ?? '',
          payload,
        };
  },
  writeResponse: writeAcknowledgement,
};

export const transactionEvent: MessageDefinition = {
  action: 'TransactionEvent',
  readEvent: readTransactionEvent,
  writeResponse: writeTransactionEventResponse,
  caching: 'permanent',
  // Whatever says which transaction it is about is taken.
  billingFields: ['transactionInfo.transactionId'],
};

/** Every message of 2.0.1 that comes from a station; 2.1 adds to it. @source OCPP 2.0.1 part 2 */
export const MESSAGES: readonly MessageDefinition[] = [
  authorize,
  bootNotification,
  dataTransfer,
  heartbeat,
  meterValues,
  notifyEvent,
  notifyReport,
  statusNotification,
  transactionEvent,
  acknowledgeOnly('ClearedChargingLimit'),
  acknowledgeOnly('FirmwareStatusNotification'),
  acknowledgeOnly('Get15118EVCertificate', { status: 'Failed', exiResponse: '' }),
  acknowledgeOnly('GetCertificateStatus', { status: 'Failed' }),
  acknowledgeOnly('LogStatusNotification'),
  acknowledgeOnly('NotifyChargingLimit'),
  acknowledgeOnly('NotifyCustomerInformation'),
  acknowledgeOnly('NotifyDisplayMessages'),
  acknowledgeOnly('NotifyEVChargingNeeds', { status: 'Rejected' }),
  acknowledgeOnly('NotifyEVChargingSchedule', { status: 'Accepted' }),
  acknowledgeOnly('NotifyMonitoringReport'),
  acknowledgeOnly('PublishFirmwareStatusNotification'),
  acknowledgeOnly('ReportChargingProfiles'),
  reservationStatusUpdate,
  acknowledgeOnly('SecurityEventNotification'),
  signCertificate,
];
