/** Reads TransactionEvents, by which an OCPP 2.x station reports its transactions, and writes the responses. */
import { formatMinor } from '../../../domain/model/money.js';
import type { ChargerOutcomeOf, TransactionEvent, TransactionLimit } from '../../../ports/charger-events.js';
import { isPayload, numberOf, objectOf, quantityOf, textOf, type Payload } from '../../frames/payload.js';
import { parseTime } from '../timestamps.js';
import { isWholeEvse, readConnectorNumber } from './evse.js';
import { readRegister, readSamples } from './meter.js';

const EVENT_TYPES: ReadonlyMap<string, TransactionEvent['eventType']> = new Map([
  ['Started', 'started'],
  ['Updated', 'updated'],
  ['Ended', 'ended'],
]);

type ChargingState = NonNullable<TransactionEvent['chargingState']>;
const CHARGING_STATES: ReadonlySet<string> = new Set<ChargingState>([
  'Charging',
  'EVConnected',
  'SuspendedEV',
  'SuspendedEVSE',
  'Idle',
]);

function isChargingState(state: string): state is ChargingState {
  return CHARGING_STATES.has(state);
}

/**
 * Reads any payload that has a transaction id, even if the payload violates its schema. Optional members that cannot be
 * read are absent. An unreadable event type counts as Updated, an unreadable `seqNo` as 0, and an unreadable trigger
 * reason as ''.
 * @shape  If no register has the context Transaction.Begin, the first register in a Started event is the start
 *         register.
 * @source OCPP 2.0.1 E01–E15, TransactionEventRequest
 */
export function readTransactionEvent(payload: Payload, raw: string, now: number): TransactionEvent {
  const info = objectOf(payload, 'transactionInfo');
  const values = payload['meterValue'];
  const eventType = EVENT_TYPES.get(textOf(payload, 'eventType') ?? '') ?? 'updated';
  const samples = readSamples(values, now);
  const first = eventType === 'started' ? samples.find(({ registerWh }) => registerWh !== undefined) : undefined;
  const chargingState = textOf(info, 'chargingState');
  const idTag = textOf(objectOf(payload, 'idToken'), 'idToken');
  const event: MutableTransactionEvent = {
    type: 'transaction-event',
    eventType,
    transactionId: readTransactionId(info) ?? '',
    seqNo: numberOf(payload, 'seqNo') ?? 0,
    triggerReason: textOf(payload, 'triggerReason') ?? '',
    offline: payload['offline'] === true,
    samples,
    raw,
  };
  setIfPresent(event, 'connectorId', readConnectorNumber(payload['evse']));
  if (isWholeEvse(payload['evse'])) event.isWholeEvse = true;
  // An empty token identifies no one (NoAuthorization).
  setIfPresent(event, 'idTag', idTag === '' ? undefined : idTag);
  setIfPresent(event, 'remoteStartId', numberOf(info, 'remoteStartId'));
  setIfPresent(event, 'reservationId', numberOf(payload, 'reservationId'));
  if (chargingState !== undefined && isChargingState(chargingState)) event.chargingState = chargingState;
  setIfPresent(event, 'stoppedReason', textOf(info, 'stoppedReason'));
  setIfPresent(event, 'meterStartWh', readRegister(values, 'Transaction.Begin') ?? first?.registerWh);
  setIfPresent(event, 'meterStopWh', readRegister(values, 'Transaction.End'));
  setIfPresent(event, 'limit', readTransactionLimit(info));
  setIfPresent(event, 'at', parseTime(payload['timestamp']));
  return event;
}

type MutableTransactionEvent = { -readonly [K in keyof TransactionEvent]: TransactionEvent[K] };

function setIfPresent<K extends keyof MutableTransactionEvent>(
  event: MutableTransactionEvent,
  key: K,
  value: MutableTransactionEvent[K] | undefined,
): void {
  if (value !== undefined) event[key] = value;
}

/** Reads the limits that the station enforces, except a cost limit, which has no currency here. @source OCPP 2.1 E16 */
function readTransactionLimit(info: Payload): TransactionLimit | undefined {
  const { transactionLimit } = info;
  if (!isPayload(transactionLimit)) return undefined;
  const energyWh = quantityOf(transactionLimit, 'maxEnergy');
  const timeS = quantityOf(transactionLimit, 'maxTime');
  const socPercent = quantityOf(transactionLimit, 'maxSoC');
  return {
    ...(energyWh !== undefined && { energyWh }),
    ...(timeS !== undefined && { timeS }),
    ...(socPercent !== undefined && { socPercent }),
  };
}

function readTransactionId({ transactionId: id }: Payload): string | undefined {
  return typeof id === 'number' ? String(id) : typeof id === 'string' && id !== '' ? id : undefined;
}

/**
 * Writes the 2.0.1 response.
 * @unit   `totalCost` in major units of the currency.
 * @source OCPP 2.0.1 TransactionEventResponse, I02, I03
 */
export function writeTransactionEventResponse({ status, cost }: ChargerOutcomeOf<'transaction-event'>): Payload {
  return {
    ...(status !== undefined && { idTokenInfo: { status } }),
    ...(cost && { totalCost: Number(formatMinor(cost.amountMinor, cost.currency)) }),
  };
}

/**
 * Writes the 2.1 response, which may contain limits.
 * @unit   Wh, seconds, percent, and money in major units.
 * @source OCPP 2.1 E16, F07
 */
export function writeResponseWithLimit(outcome: ChargerOutcomeOf<'transaction-event'>): Payload {
  const response = writeTransactionEventResponse(outcome);
  const { cost, limit } = outcome;
  if (!limit) return response;
  const { energyWh, timeS, socPercent, costMinor } = limit;
  const transactionLimit = {
    ...(energyWh !== undefined && { maxEnergy: energyWh }),
    ...(timeS !== undefined && { maxTime: timeS }),
    ...(socPercent !== undefined && { maxSoC: socPercent }),
    ...(costMinor !== undefined && cost && { maxCost: Number(formatMinor(costMinor, cost.currency)) }),
  };
  return { ...response, transactionLimit };
}
