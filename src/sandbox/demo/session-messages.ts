/** What a charge point's own frames say of its session, whichever version it speaks. */
import { asList, valueAt, textOf } from '../runtime/json.js';
import type { WireMessage } from './message-log.js';

export interface SessionMessage {
  readonly phase: 'started' | 'updated' | 'ended';
  /** Wh; absent when the frame has none. */
  readonly registerWh: number | undefined;
  readonly powerW: number | undefined;
  readonly socPercent: number | undefined;
  readonly tag: string;
}

/** @returns Nothing for a frame that is not about a transaction. */
export function readSessionMessage({ action, answer, text }: WireMessage): SessionMessage | undefined {
  if (answer) return undefined;
  const payload = valueAt(JSON.parse(text), 3);
  const meter = readMeterValues(payload);
  const tag = textOf(valueAt(payload, 'idTag'));
  switch (action) {
    case 'StartTransaction':
      return { ...meter, phase: 'started', registerWh: Number(valueAt(payload, 'meterStart')), tag };
    case 'StopTransaction':
      return { ...meter, phase: 'ended', registerWh: Number(valueAt(payload, 'meterStop')), tag };
    case 'MeterValues':
      return { ...meter, phase: 'updated', tag: '' };
    case 'TransactionEvent': {
      const type = valueAt(payload, 'eventType');
      const phase = type === 'Started' ? 'started' : type === 'Ended' ? 'ended' : 'updated';
      return { ...meter, phase, tag: textOf(valueAt(payload, 'idToken', 'idToken')) };
    }
    default:
      return undefined;
  }
}

function readMeterValues(payload: unknown): Pick<SessionMessage, 'registerWh' | 'powerW' | 'socPercent'> {
  const sampled = asList(valueAt(payload, 'meterValue', 0, 'sampledValue'));
  const value = (measurand: string): number | undefined => {
    const found = sampled.find((one) => valueAt(one, 'measurand') === measurand);
    return found === undefined ? undefined : Number(valueAt(found, 'value'));
  };
  return {
    registerWh: value('Energy.Active.Import.Register'),
    powerW: value('Power.Active.Import'),
    socPercent: value('SoC'),
  };
}

/** The registers and tags of the last session of a charge point, and the tag that it was asked to start for. */
export function readLastSession(
  messages: readonly WireMessage[],
  chargePointId: string,
): {
  readonly meterStartWh: number;
  readonly meterStopWh: number;
  readonly requestedTag: string;
  readonly startedTag: string;
} {
  const frames = messages.flatMap((message) =>
    message.wire === 'ocpp' && message.from === chargePointId ? (readSessionMessage(message) ?? []) : [],
  );
  const begun = frames.findLast(({ phase }) => phase === 'started');
  const ended = frames.findLast(({ phase }) => phase === 'ended');
  const asked = messages.findLast(
    ({ action, answer, to }) =>
      !answer && to === chargePointId && (action === 'RemoteStartTransaction' || action === 'RequestStartTransaction'),
  );
  const start = asked && valueAt(JSON.parse(asked.text), 3);
  return {
    meterStartWh: begun?.registerWh ?? NaN,
    meterStopWh: ended?.registerWh ?? NaN,
    requestedTag: textOf(valueAt(start, 'idTag')) || textOf(valueAt(start, 'idToken', 'idToken')),
    startedTag: begun?.tag ?? '',
  };
}
