/** The session messages between a charge point and the bridge, read alike from every OCPP version. */
import { asList, isJson, textOf, valueAt, type Json } from '../../src/sandbox/runtime/json.js';
import type { Call, WireJournal } from './wire-journal.js';

export interface ReportedStart {
  /** Identical for all repeats of a start. */
  readonly identity: string;
  readonly idTag: string;
  readonly registerWh: number;
  /** Absent until the start is answered. */
  readonly answer?: { readonly transactionId: string; readonly isAccepted: boolean };
}

export interface ReportedStop {
  readonly transactionId: string;
  readonly registerWh: number;
  readonly isAnswered: boolean;
}

export function startsOf(journal: WireJournal): ReportedStart[] {
  return [...journal.calls('StartTransaction').map(startOfV16), ...transactionEvents(journal, 'Started').map(startOf)];
}

export function stopsOf(journal: WireJournal): ReportedStop[] {
  return [
    ...journal.calls('StopTransaction').map(({ payload, result }) => ({
      transactionId: String(payload.transactionId),
      registerWh: Number(payload.meterStop),
      isAnswered: result !== undefined,
    })),
    ...transactionEvents(journal, 'Ended').map(({ payload, result }) => ({
      transactionId: transactionIdOf(payload),
      registerWh: registerOf(payload),
      isAnswered: result !== undefined,
    })),
  ];
}

/** Returns the tags of all remote starts. */
export function remoteStartTags({ toCharger }: WireJournal): string[] {
  return toCharger.flatMap(({ action, payload }) => {
    if (action === 'RemoteStartTransaction') return [String(payload.idTag)];
    return action === 'RequestStartTransaction' ? [textOf(valueAt(payload, 'idToken', 'idToken'))] : [];
  });
}

function startOfV16({ payload, result }: Call): ReportedStart {
  const answer = result && {
    transactionId: String(result.transactionId),
    isAccepted: valueAt(result, 'idTagInfo', 'status') === 'Accepted',
  };
  return {
    identity: `${String(payload.timestamp)} ${String(payload.meterStart)}`,
    idTag: String(payload.idTag),
    registerWh: Number(payload.meterStart),
    ...(answer && { answer }),
  };
}

/** Reads a start of 2.x, where the station assigns the transaction id. A repeated event has the same bytes. */
function startOf({ payload, result }: Call): ReportedStart {
  const transactionId = transactionIdOf(payload);
  const answer = result && { transactionId, isAccepted: valueAt(result, 'idTokenInfo', 'status') === 'Accepted' };
  return {
    identity: `${String(payload.timestamp)} ${transactionId}`,
    idTag: textOf(valueAt(payload, 'idToken', 'idToken')),
    registerWh: registerOf(payload),
    ...(answer && { answer }),
  };
}

const transactionIdOf = (payload: Json): string => textOf(valueAt(payload, 'transactionInfo', 'transactionId'));

function transactionEvents(journal: WireJournal, eventType: string): Call[] {
  return journal.calls('TransactionEvent').filter(({ payload }) => payload.eventType === eventType);
}

/** Returns the energy register of a TransactionEvent, Wh. */
function registerOf(payload: Json): number {
  const values = asList(valueAt(payload, 'meterValue', 0, 'sampledValue')).filter(isJson);
  const found = values.find(({ measurand }) => measurand === 'Energy.Active.Import.Register');
  return Number(found?.value) * (valueAt(found, 'unitOfMeasure', 'unit') === 'kWh' ? 1_000 : 1);
}
