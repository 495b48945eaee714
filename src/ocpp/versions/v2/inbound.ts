/** OCPP 2.x: what stations may call, and how their payloads become events. */
import type { ConnectorTold } from '../../../ports/charger-events.js';
import type { ConnectorStatus } from '../../../domain/model/network.js';
import type { Json } from '../../../domain/model/order.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { noted, type Message, type Writer } from '../routes.js';
import { flatConnector, readEvse } from './evse.js';
import { formatTime, numberOf, parseTime, textOf } from '../fields.js';
import { readSamples } from './meter.js';
import { answerTransactionEvent, readTransactionEvent } from './transactions.js';
import { readReport } from './variables.js';
import { OutcomeMismatch } from '../version.js';

const acknowledged: Writer = (outcome) => {
  if (outcome.type !== 'noted') throw new OutcomeMismatch('noted', outcome.type);
  return {};
};

const authorize: Message = {
  action: 'Authorize',
  read: (payload) => {
    const token = payload['idToken'];
    const idTag = token !== undefined && isPayload(token) ? textOf(token, 'idToken') : undefined;
    return { type: 'authorization-requested', idTag: idTag ?? '' };
  },
  reply: (outcome) => {
    if (outcome.type !== 'authorization-requested') throw new OutcomeMismatch('Authorize', outcome.type);
    const { status, expiresAt } = outcome;
    const expiry = expiresAt !== undefined && { cacheExpiryDateTime: formatTime(expiresAt) };
    return { idTokenInfo: { status, ...expiry } };
  },
};

const bootNotification: Message = {
  action: 'BootNotification',
  read: (payload) => {
    const station = payload['chargingStation'];
    const serialNumber = station !== undefined && isPayload(station) ? textOf(station, 'serialNumber') : undefined;
    return { type: 'booted', boot: payload, ...(serialNumber !== undefined && { serialNumber }) };
  },
  reply: (outcome) => {
    if (outcome.type !== 'booted') throw new OutcomeMismatch('BootNotification', outcome.type);
    return { status: outcome.status, currentTime: formatTime(outcome.now), interval: outcome.intervalS };
  },
  replay: 'fresh',
  boot: true,
};

const dataTransfer: Message = {
  action: 'DataTransfer',
  read: (payload) => {
    const messageId = textOf(payload, 'messageId');
    const { data } = payload;
    return {
      type: 'data-transferred',
      vendorId: textOf(payload, 'vendorId') ?? '',
      ...(messageId !== undefined && { messageId }),
      ...(data !== undefined && { data: typeof data === 'string' ? data : JSON.stringify(data) }),
    };
  },
  reply: (outcome) => {
    if (outcome.type !== 'data-transferred') throw new OutcomeMismatch('DataTransfer', outcome.type);
    return { status: outcome.status };
  },
};

const heartbeat: Message = {
  action: 'Heartbeat',
  read: () => ({ type: 'heartbeat' }),
  reply: (outcome) => {
    if (outcome.type !== 'heartbeat') throw new OutcomeMismatch('Heartbeat', outcome.type);
    return { currentTime: formatTime(outcome.now) };
  },
  replay: 'fresh',
};

const meterValues: Message = {
  action: 'MeterValues',
  read: (payload, raw, now) => ({
    type: 'meter-sampled',
    connectorId: numberOf(payload, 'evseId') ?? 0,
    samples: readSamples(payload['meterValue'], now),
    raw,
  }),
  reply: acknowledged,
  identity: ['evseId', 'meterValue'],
};

/** @source OCPP 2.0.1 A02; `requestId` is 2.1's. */
const signCertificate: Message = {
  action: 'SignCertificate',
  read: (payload) => {
    const kind = textOf(payload, 'certificateType');
    const requestId = numberOf(payload, 'requestId');
    return {
      type: 'certificate-requested',
      csr: textOf(payload, 'csr') ?? '',
      ...(kind !== undefined && { kind }),
      ...(requestId !== undefined && { requestId }),
    };
  },
  reply: (outcome) => {
    if (outcome.type !== 'certificate-requested') throw new OutcomeMismatch('SignCertificate', outcome.type);
    return { status: outcome.status };
  },
};

const STATUSES: ReadonlyMap<string, ConnectorStatus | 'Occupied'> = new Map([
  ['Available', 'Available'],
  ['Occupied', 'Occupied'],
  ['Reserved', 'Reserved'],
  ['Unavailable', 'Unavailable'],
  ['Faulted', 'Faulted'],
]);

/** A 2.x station has no error codes: `Faulted` says it all. */
function told(connectorId: number, word: string | undefined, at: number | undefined): ConnectorTold | undefined {
  const status = STATUSES.get(word ?? '');
  if (!status) return undefined;
  const errorCode = status === 'Faulted' ? 'OtherError' : 'NoError';
  return { connectorId, status, errorCode, ...(at !== undefined && { at }) };
}

const statusNotification: Message = {
  action: 'StatusNotification',
  read: (payload) => {
    const connectorId = flatConnector(numberOf(payload, 'evseId') ?? 0, numberOf(payload, 'connectorId'));
    const word = textOf(payload, 'connectorStatus');
    const connector = told(connectorId, word, parseTime(payload['timestamp']));
    if (!connector) throw new Error(`no connector status: ${word ?? 'none'}`);
    return { type: 'connector-status-changed', ...connector };
  },
  reply: acknowledged,
};

/** Connectors' states may come as events of their component instead. @source OCPP 2.0.1 N07, G01 */
const notifyEvent: Message = {
  action: 'NotifyEvent',
  read: (payload) => {
    const connectors = connectorsIn(payload['eventData']);
    return connectors.length > 0
      ? { type: 'connectors-told', connectors }
      : { type: 'noted', action: 'NotifyEvent', payload };
  },
  reply: acknowledged,
};

function connectorsIn(events: Json | undefined): ConnectorTold[] {
  if (!Array.isArray(events)) return [];
  const list: readonly Json[] = events;
  return list.flatMap((event) => (isPayload(event) ? (connectorIn(event) ?? []) : []));
}

function connectorIn(event: Payload): ConnectorTold | undefined {
  const { component, variable } = event;
  if (component === undefined || variable === undefined || !isPayload(component) || !isPayload(variable))
    return undefined;
  const connectorId = readEvse(component['evse']);
  if (component['name'] !== 'Connector' || connectorId === undefined) return undefined;
  const at = parseTime(event['timestamp']);
  const value = textOf(event, 'actualValue');
  if (variable['name'] === 'AvailabilityState') return told(connectorId, value, at);
  // The end of a problem says nothing of what comes after it: the state does.
  return variable['name'] === 'Problem' && value?.toLowerCase() === 'true'
    ? told(connectorId, 'Faulted', at)
    : undefined;
}

const notifyReport: Message = {
  action: 'NotifyReport',
  read: (payload) => ({ type: 'configuration-told', configuration: readReport(payload) }),
  reply: acknowledged,
};

const reservationStatusUpdate: Message = {
  action: 'ReservationStatusUpdate',
  read: (payload) => {
    const reservationId = numberOf(payload, 'reservationId');
    const action = 'ReservationStatusUpdate';
    return reservationId === undefined
      ? { type: 'noted', action, payload }
      : { type: 'reservation-ended', reservationId, word: textOf(payload, 'reservationUpdateStatus') ?? '', payload };
  },
  reply: acknowledged,
};

export const transactionEvent: Message = {
  action: 'TransactionEvent',
  read: readTransactionEvent,
  reply: answerTransactionEvent,
  replay: 'money',
  // Whatever says which transaction it is about is taken.
  identity: ['transactionInfo.transactionId'],
};

/** Every message of 2.0.1 that comes from a station; 2.1 adds to it. @source OCPP 2.0.1 part 2 */
export const MESSAGES: readonly Message[] = [
  authorize,
  bootNotification,
  dataTransfer,
  heartbeat,
  meterValues,
  notifyEvent,
  notifyReport,
  statusNotification,
  transactionEvent,
  noted('ClearedChargingLimit'),
  noted('FirmwareStatusNotification'),
  noted('Get15118EVCertificate', { status: 'Failed', exiResponse: '' }),
  noted('GetCertificateStatus', { status: 'Failed' }),
  noted('LogStatusNotification'),
  noted('NotifyChargingLimit'),
  noted('NotifyCustomerInformation'),
  noted('NotifyDisplayMessages'),
  noted('NotifyEVChargingNeeds', { status: 'Rejected' }),
  noted('NotifyEVChargingSchedule', { status: 'Accepted' }),
  noted('NotifyMonitoringReport'),
  noted('PublishFirmwareStatusNotification'),
  noted('ReportChargingProfiles'),
  reservationStatusUpdate,
  noted('SecurityEventNotification'),
  signCertificate,
];
