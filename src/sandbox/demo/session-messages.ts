/** What a charge point's own frames say of its session, whichever version it speaks. */
import { at, list } from '../buyer-app/catalogue-reading.js';
import { textOf } from '../buyer-app/buyer-options.js';
import type { WireMessage } from './message-log.js';

export interface SessionFrame {
  readonly phase: 'begun' | 'goes-on' | 'ended';
  /** Wh; absent when the frame has none. */
  readonly registerWh: number | undefined;
  readonly powerW: number | undefined;
  readonly socPercent: number | undefined;
  readonly tag: string;
}

/** @returns Nothing for a frame that is not about a transaction. */
export function readSessionFrame({ action, answer, text }: WireMessage): SessionFrame | undefined {
  if (answer) return undefined;
  const payload = at(JSON.parse(text), 3);
  const meter = measured(payload);
  const tag = textOf(at(payload, 'idTag'));
  switch (action) {
    case 'StartTransaction':
      return { ...meter, phase: 'begun', registerWh: Number(at(payload, 'meterStart')), tag };
    case 'StopTransaction':
      return { ...meter, phase: 'ended', registerWh: Number(at(payload, 'meterStop')), tag };
    case 'MeterValues':
      return { ...meter, phase: 'goes-on', tag: '' };
    case 'TransactionEvent': {
      const type = at(payload, 'eventType');
      const phase = type === 'Started' ? 'begun' : type === 'Ended' ? 'ended' : 'goes-on';
      return { ...meter, phase, tag: textOf(at(payload, 'idToken', 'idToken')) };
    }
    default:
      return undefined;
  }
}

function measured(payload: unknown): Pick<SessionFrame, 'registerWh' | 'powerW' | 'socPercent'> {
  const sampled = list(at(payload, 'meterValue', 0, 'sampledValue'));
  const value = (measurand: string): number | undefined => {
    const found = sampled.find((one) => at(one, 'measurand') === measurand);
    return found === undefined ? undefined : Number(at(found, 'value'));
  };
  return {
    registerWh: value('Energy.Active.Import.Register'),
    powerW: value('Power.Active.Import'),
    socPercent: value('SoC'),
  };
}

/** The registers and tags of the last session of a charge point, and the tag that it was asked to start for. */
export function lastSession(
  messages: readonly WireMessage[],
  chargePointId: string,
): {
  readonly meterStartWh: number;
  readonly meterStopWh: number;
  readonly askedTag: string;
  readonly startedTag: string;
} {
  const frames = messages.flatMap((message) =>
    message.wire === 'ocpp' && message.from === chargePointId ? (readSessionFrame(message) ?? []) : [],
  );
  const begun = frames.findLast(({ phase }) => phase === 'begun');
  const ended = frames.findLast(({ phase }) => phase === 'ended');
  const asked = messages.findLast(
    ({ action, answer, to }) =>
      !answer && to === chargePointId && (action === 'RemoteStartTransaction' || action === 'RequestStartTransaction'),
  );
  const start = asked && at(JSON.parse(asked.text), 3);
  return {
    meterStartWh: begun?.registerWh ?? NaN,
    meterStopWh: ended?.registerWh ?? NaN,
    askedTag: textOf(at(start, 'idTag')) || textOf(at(start, 'idToken', 'idToken')),
    startedTag: begun?.tag ?? '',
  };
}
