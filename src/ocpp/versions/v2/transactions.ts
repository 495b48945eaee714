/** OCPP 2.x: the one message in which a station tells its transactions. */
import type { ChargerOutcome, TransactionLimit, TransactionEvent } from '../../../ports/charger-events.js';
import { formatMinor } from '../../../domain/model/money.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { readConnectorNumber } from './evse.js';
import { readSamples, readRegister } from './meter.js';
import { numberOf, parseTime, textOf } from '../fields.js';
import { OutcomeMismatch } from '../version.js';

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

function isChargingState(word: string): word is ChargingState {
  return CHARGING_STATES.has(word);
}

/**
 * Total over whatever has a transaction id: the check may have let it pass or not. What cannot be read is absent.
 * @shape  A register in a Started is that of the beginning, whatever its context says.
 * @source OCPP 2.0.1 E01–E15, TransactionEventRequest
 */
export function readTransactionEvent(payload: Payload, raw: string, now: number): TransactionEvent {
  const info = objectOf(payload, 'transactionInfo');
  const values = payload['meterValue'];
  const phase = EVENT_TYPES.get(textOf(payload, 'eventType') ?? '') ?? 'updated';
  const samples = readSamples(values, now);
  const first = phase === 'started' ? samples.find(({ registerWh }) => registerWh !== undefined) : undefined;
  const state = textOf(info, 'chargingState');
  const idTag = textOf(objectOf(payload, 'idToken'), 'idToken');
  const event: MutableTransactionEvent = {
    type: 'transaction-event',
    eventType: phase,
    transactionId: readTransactionId(payload) ?? '',
    seqNo: numberOf(payload, 'seqNo') ?? 0,
    triggerReason: textOf(payload, 'triggerReason') ?? '',
    offline: payload['offline'] === true,
    samples,
    raw,
  };
  setIfPresent(event, 'connectorId', readConnectorNumber(payload['evse']));
  // An empty token is one of nobody (NoAuthorization).
  setIfPresent(event, 'idTag', idTag === '' ? undefined : idTag);
  setIfPresent(event, 'remoteStartId', numberOf(info, 'remoteStartId'));
  setIfPresent(event, 'reservationId', numberOf(payload, 'reservationId'));
  setIfPresent(event, 'chargingState', state !== undefined && isChargingState(state) ? state : undefined);
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

/** @source OCPP 2.1 E16; a cost has no currency here, so it is not read. */
function readTransactionLimit(info: Payload): TransactionLimit | undefined {
  const limit = info['transactionLimit'];
  if (limit === undefined || !isPayload(limit)) return undefined;
  const energyWh = numberOf(limit, 'maxEnergy');
  const timeS = numberOf(limit, 'maxTime');
  const socPercent = numberOf(limit, 'maxSoC');
  return {
    ...(energyWh !== undefined && { energyWh }),
    ...(timeS !== undefined && { timeS }),
    ...(socPercent !== undefined && { socPercent }),
  };
}

function readTransactionId(payload: Payload): string | undefined {
  const id = objectOf(payload, 'transactionInfo')['transactionId'];
  return typeof id === 'number' ? String(id) : typeof id === 'string' && id !== '' ? id : undefined;
}

function objectOf(payload: Payload, key: string): Payload {
  const value = payload[key];
  return value !== undefined && isPayload(value) ? value : {};
}

/**
 * @unit   `totalCost` in the currency's own decimals.
 * @source OCPP 2.0.1 TransactionEventResponse, I02, I03
 */
export function writeTransactionEventResponse(outcome: ChargerOutcome): Payload {
  if (outcome.type !== 'transaction-event') throw new OutcomeMismatch('TransactionEvent', outcome.type);
  const { status, cost } = outcome;
  return {
    ...(status !== undefined && { idTokenInfo: { status } }),
    ...(cost && { totalCost: Number(formatMinor(cost.amountMinor, cost.currency)) }),
  };
}

/** @unit Wh, seconds, percent, and money in the currency's own decimals. @source OCPP 2.1 E16, F07 */
export function writeResponseWithLimit(outcome: ChargerOutcome): Payload {
  const answer = writeTransactionEventResponse(outcome);
  if (outcome.type !== 'transaction-event' || !outcome.limit) return answer;
  const { energyWh, timeS, socPercent, costMinor } = outcome.limit;
  const { cost } = outcome;
  const transactionLimit = {
    ...(energyWh !== undefined && { maxEnergy: energyWh }),
    ...(timeS !== undefined && { maxTime: timeS }),
    ...(socPercent !== undefined && { maxSoC: socPercent }),
    ...(costMinor !== undefined && cost && { maxCost: Number(formatMinor(costMinor, cost.currency)) }),
  };
  return { ...answer, transactionLimit };
}
