/** OCPP 2.x: the one message in which a station tells its transactions. */
import type { ChargerOutcome, TransactionLimit, TransactionTold } from '../../../ports/charger-events.js';
import { formatMinor } from '../../../domain/model/money.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { readEvse } from './evse.js';
import { readSamples, registerIn } from './meter.js';
import { numberOf, parseTime, textOf } from '../fields.js';
import { OutcomeMismatch } from '../version.js';

const PHASES: ReadonlyMap<string, TransactionTold['phase']> = new Map([
  ['Started', 'started'],
  ['Updated', 'updated'],
  ['Ended', 'ended'],
]);

type ChargingState = NonNullable<TransactionTold['chargingState']>;
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
export function readTransactionEvent(payload: Payload, raw: string, now: number): TransactionTold {
  const info = objectIn(payload, 'transactionInfo');
  const values = payload['meterValue'];
  const phase = PHASES.get(textOf(payload, 'eventType') ?? '') ?? 'updated';
  const samples = readSamples(values, now);
  const first = phase === 'started' ? samples.find(({ registerWh }) => registerWh !== undefined) : undefined;
  const state = textOf(info, 'chargingState');
  const idTag = textOf(objectIn(payload, 'idToken'), 'idToken');
  const event: Draft = {
    type: 'transaction-told',
    phase,
    transactionId: transactionIdIn(payload) ?? '',
    seqNo: numberOf(payload, 'seqNo') ?? 0,
    trigger: textOf(payload, 'triggerReason') ?? '',
    offline: payload['offline'] === true,
    samples,
    raw,
  };
  put(event, 'connectorId', readEvse(payload['evse']));
  // An empty token is one of nobody (NoAuthorization).
  put(event, 'idTag', idTag === '' ? undefined : idTag);
  put(event, 'remoteStartId', numberOf(info, 'remoteStartId'));
  put(event, 'reservationId', numberOf(payload, 'reservationId'));
  put(event, 'chargingState', state !== undefined && isChargingState(state) ? state : undefined);
  put(event, 'stoppedReason', textOf(info, 'stoppedReason'));
  put(event, 'beginWh', registerIn(values, 'Transaction.Begin') ?? first?.registerWh);
  put(event, 'endWh', registerIn(values, 'Transaction.End'));
  put(event, 'limit', readLimit(info));
  put(event, 'at', parseTime(payload['timestamp']));
  return event;
}

type Draft = { -readonly [K in keyof TransactionTold]: TransactionTold[K] };

function put<K extends keyof Draft>(event: Draft, key: K, value: Draft[K] | undefined): void {
  if (value !== undefined) event[key] = value;
}

/** @source OCPP 2.1 E16; a cost has no currency here, so it is not read. */
function readLimit(info: Payload): TransactionLimit | undefined {
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

function transactionIdIn(payload: Payload): string | undefined {
  const id = objectIn(payload, 'transactionInfo')['transactionId'];
  return typeof id === 'number' ? String(id) : typeof id === 'string' && id !== '' ? id : undefined;
}

function objectIn(payload: Payload, key: string): Payload {
  const value = payload[key];
  return value !== undefined && isPayload(value) ? value : {};
}

/**
 * @unit   `totalCost` in the currency's own decimals.
 * @source OCPP 2.0.1 TransactionEventResponse, I02, I03
 */
export function answerTransactionEvent(outcome: ChargerOutcome): Payload {
  if (outcome.type !== 'transaction-told') throw new OutcomeMismatch('TransactionEvent', outcome.type);
  const { status, cost } = outcome;
  return {
    ...(status !== undefined && { idTokenInfo: { status } }),
    ...(cost && { totalCost: Number(formatMinor(cost.minor, cost.currency)) }),
  };
}

/** @unit Wh, seconds, percent, and money in the currency's own decimals. @source OCPP 2.1 E16, F07 */
export function answerWithLimit(outcome: ChargerOutcome): Payload {
  const answer = answerTransactionEvent(outcome);
  if (outcome.type !== 'transaction-told' || !outcome.limit) return answer;
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
