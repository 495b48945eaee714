/** Reads the charging session from a charge point's messages, in every OCPP version. */
import { asList, textOf, valueAt } from '../runtime/json.js';
import type { WireMessage } from './message-log.js';

export interface SessionMessage {
  readonly phase: 'started' | 'updated' | 'ended';
  readonly registerWh: number | undefined;
  readonly powerW: number | undefined;
  readonly socPercent: number | undefined;
  /** '' if the message has no tag. */
  readonly idTag: string;
}

/** @returns `undefined` for an answer or an unrelated action. MeterValues count even if they name no transaction. */
export function readSessionMessage({ action, answer, text }: WireMessage): SessionMessage | undefined {
  if (answer) return undefined;
  const payload = valueAt(JSON.parse(text), 3);
  const meterValues = readMeterValues(payload);
  const idTag = textOf(valueAt(payload, 'idTag'));
  switch (action) {
    case 'StartTransaction':
      return { ...meterValues, phase: 'started', registerWh: Number(valueAt(payload, 'meterStart')), idTag };
    case 'StopTransaction':
      return { ...meterValues, phase: 'ended', registerWh: Number(valueAt(payload, 'meterStop')), idTag };
    case 'MeterValues':
      return { ...meterValues, phase: 'updated', idTag: '' };
    case 'TransactionEvent': {
      const eventType = valueAt(payload, 'eventType');
      const phase = eventType === 'Started' ? 'started' : eventType === 'Ended' ? 'ended' : 'updated';
      return { ...meterValues, phase, idTag: textOf(valueAt(payload, 'idToken', 'idToken')) };
    }
    default:
      return undefined;
  }
}

function readMeterValues(payload: unknown): Pick<SessionMessage, 'registerWh' | 'powerW' | 'socPercent'> {
  const sampledValues = asList(valueAt(payload, 'meterValue', 0, 'sampledValue'));
  const valueOf = (measurand: string): number | undefined => {
    const sampled = sampledValues.find((candidate) => valueAt(candidate, 'measurand') === measurand);
    return sampled === undefined ? undefined : Number(valueAt(sampled, 'value'));
  };
  return {
    registerWh: valueOf('Energy.Active.Import.Register'),
    powerW: valueOf('Power.Active.Import'),
    socPercent: valueOf('SoC'),
  };
}

/**
 * What the messages say about the last session of a charge point. If a message is missing, its register is NaN and its
 * tag ''.
 */
export interface LastSession {
  readonly meterStartWh: number;
  readonly meterStopWh: number;
  /** The tag in the remote start. */
  readonly requestedTag: string;
  /** The tag that the charge point reported at the start. */
  readonly startedTag: string;
}

export function readLastSession(messages: readonly WireMessage[], chargePointId: string): LastSession {
  const sessionMessages = messages
    .filter(({ wire, from }) => wire === 'ocpp' && from === chargePointId)
    .flatMap((message) => readSessionMessage(message) ?? []);
  const started = sessionMessages.findLast(({ phase }) => phase === 'started');
  const ended = sessionMessages.findLast(({ phase }) => phase === 'ended');
  const remoteStart = messages.findLast(
    ({ action, answer, to }) =>
      !answer && to === chargePointId && (action === 'RemoteStartTransaction' || action === 'RequestStartTransaction'),
  );
  const request = remoteStart && valueAt(JSON.parse(remoteStart.text), 3);
  return {
    meterStartWh: started?.registerWh ?? NaN,
    meterStopWh: ended?.registerWh ?? NaN,
    requestedTag: textOf(valueAt(request, 'idTag')) || textOf(valueAt(request, 'idToken', 'idToken')),
    startedTag: started?.idTag ?? '',
  };
}
