/** Maps the messages of an OCPP 2.x station to events and responses. */
import type { ConnectorStatus } from '../../../domain/model/network.js';
import type { ConnectorStatusReport } from '../../../ports/charger-events.js';
import { EMPTY_PAYLOAD, isPayload, numberOf, objectOf, objectsOf, textOf, type Payload } from '../../frames/payload.js';
import { acknowledgeOnly, route, type MessageDefinition, type TypedMessage } from '../routes.js';
import { formatTime, parseTime } from '../timestamps.js';
import { readConnectorNumber, toConnectorNumber } from './evse.js';
import { readSamples } from './meter.js';
import { readTransactionEvent, writeTransactionEventResponse } from './transactions.js';
import { readReport } from './variables.js';

const acknowledge = (): Payload => EMPTY_PAYLOAD;

const authorize = route<'authorization-requested'>('Authorize', {
  readEvent: (payload) => ({
    type: 'authorization-requested',
    idTag: textOf(objectOf(payload, 'idToken'), 'idToken') ?? '',
  }),
  writeResponse: ({ status, expiresAt }) => {
    const expiry = expiresAt !== undefined && { cacheExpiryDateTime: formatTime(expiresAt) };
    return { idTokenInfo: { status, ...expiry } };
  },
});

const bootNotification = route<'booted'>('BootNotification', {
  caching: 'none',
  isBoot: true,
  readEvent: (payload) => {
    const serialNumber = textOf(objectOf(payload, 'chargingStation'), 'serialNumber');
    return { type: 'booted', boot: payload, ...(serialNumber !== undefined && { serialNumber }) };
  },
  writeResponse: ({ status, intervalS, now }) => ({ status, currentTime: formatTime(now), interval: intervalS }),
});

const dataTransfer = route<'data-transferred'>('DataTransfer', {
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
  writeResponse: ({ status }) => ({ status }),
});

const heartbeat = route<'heartbeat'>('Heartbeat', {
  caching: 'none',
  readEvent: () => ({ type: 'heartbeat' }),
  writeResponse: ({ now }) => ({ currentTime: formatTime(now) }),
});

const meterValues = route<'meter-sampled'>('MeterValues', {
  billingFields: ['evseId', 'meterValue'],
  readEvent: (payload, raw, now) => ({
    type: 'meter-sampled',
    connectorId: numberOf(payload, 'evseId') ?? 0,
    isWholeEvse: true,
    samples: readSamples(payload['meterValue'], now),
    raw,
  }),
  writeResponse: acknowledge,
});

/** @source OCPP 2.0.1 A02; only 2.1 has a `requestId`. */
const signCertificate = route<'certificate-requested'>('SignCertificate', {
  readEvent: (payload) => {
    const certificateType = textOf(payload, 'certificateType');
    const requestId = numberOf(payload, 'requestId');
    return {
      type: 'certificate-requested',
      csr: textOf(payload, 'csr') ?? '',
      ...(certificateType !== undefined && { certificateType }),
      ...(requestId !== undefined && { requestId }),
    };
  },
  writeResponse: ({ status }) => ({ status }),
});

const CONNECTOR_STATUSES: ReadonlyMap<string, ConnectorStatus | 'Occupied'> = new Map([
  ['Available', 'Available'],
  ['Occupied', 'Occupied'],
  ['Reserved', 'Reserved'],
  ['Unavailable', 'Unavailable'],
  ['Faulted', 'Faulted'],
]);

/**
 * Builds a status report; `undefined` if the status is unknown. 2.x has no error codes, so `Faulted` gets the error
 * code `OtherError`.
 */
function toStatusReport(
  connectorId: number,
  connectorStatus: string | undefined,
  at: number | undefined,
): ConnectorStatusReport | undefined {
  const status = CONNECTOR_STATUSES.get(connectorStatus ?? '');
  if (!status) return undefined;
  const errorCode = status === 'Faulted' ? 'OtherError' : 'NoError';
  return { connectorId, status, errorCode, ...(at !== undefined && { at }) };
}

const statusNotification = route<'connector-status-changed'>('StatusNotification', {
  readEvent: (payload) => {
    const connectorId = toConnectorNumber(numberOf(payload, 'evseId') ?? 0, numberOf(payload, 'connectorId'));
    const status = textOf(payload, 'connectorStatus');
    const report = toStatusReport(connectorId, status, parseTime(payload['timestamp']));
    if (!report) throw new Error(`unknown connector status: ${status ?? 'none'}`);
    return { type: 'connector-status-changed', ...report };
  },
  writeResponse: acknowledge,
});

/**
 * Reads the connector states that a station reports as events of the connector's component. Any other events in the
 * message are passed on as a notification.
 * @source OCPP 2.0.1 N07, G01
 */
const notifyEvent = route<'connector-statuses-reported' | 'notification-received'>('NotifyEvent', {
  readEvent: (payload) => {
    const action = 'NotifyEvent';
    const events = objectsOf(payload, 'eventData').map((event) => ({ event, report: readStatusReport(event) }));
    const connectors = events.flatMap(({ report }) => report ?? []);
    if (connectors.length === 0) return { type: 'notification-received', action, payload };
    const eventData = events.flatMap(({ event, report }) => (report ? [] : [event]));
    const rest = eventData.length > 0 && { rest: { action, payload: { ...payload, eventData } } };
    return { type: 'connector-statuses-reported', connectors, ...rest };
  },
  writeResponse: acknowledge,
});

function readStatusReport(event: Payload): ConnectorStatusReport | undefined {
  const { component, variable } = event;
  if (!isPayload(component) || !isPayload(variable)) return undefined;
  const connectorId = readConnectorNumber(component['evse']);
  if (component['name'] !== 'Connector' || connectorId === undefined) return undefined;
  const at = parseTime(event['timestamp']);
  const value = textOf(event, 'actualValue');
  if (variable['name'] === 'AvailabilityState') return toStatusReport(connectorId, value, at);
  // The end of a problem does not reveal the new state; AvailabilityState does.
  return variable['name'] === 'Problem' && value?.toLowerCase() === 'true'
    ? toStatusReport(connectorId, 'Faulted', at)
    : undefined;
}

const notifyReport = route<'variables-reported'>('NotifyReport', {
  readEvent: (payload) => ({ type: 'variables-reported', variables: readReport(payload) }),
  writeResponse: acknowledge,
});

const reservationStatusUpdate = route<'reservation-ended' | 'notification-received'>('ReservationStatusUpdate', {
  readEvent: (payload) => {
    const reservationId = numberOf(payload, 'reservationId');
    if (reservationId === undefined)
      return { type: 'notification-received', action: 'ReservationStatusUpdate', payload };
    const updateStatus = textOf(payload, 'reservationUpdateStatus') ?? '';
    return { type: 'reservation-ended', reservationId, updateStatus, payload };
  },
  writeResponse: acknowledge,
});

export const TRANSACTION_EVENT: TypedMessage<'transaction-event'> = {
  caching: 'permanent',
  billingFields: ['transactionInfo.transactionId'],
  readEvent: readTransactionEvent,
  writeResponse: writeTransactionEventResponse,
};

/** The messages of a 2.0.1 station; 2.1 adds some. @source OCPP 2.0.1 part 2 */
export const MESSAGES: readonly MessageDefinition[] = [
  authorize,
  bootNotification,
  dataTransfer,
  heartbeat,
  meterValues,
  notifyEvent,
  notifyReport,
  statusNotification,
  route('TransactionEvent', TRANSACTION_EVENT),
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
