/** Tables of what chargers may call, put together from single messages. */
import type { ChargerEvent, ChargerOutcome } from '../../ports/charger-events.js';
import type { Json } from '../../domain/model/object.js';
import type { OcppVersionName } from '../../schema/validators.js';
import type { Payload } from '../frames/frame.js';
import { lazyCheck } from './lazy-check.js';
import { OutcomeMismatch, type Route } from './version.js';

export type EventReader = (payload: Payload, raw: string, now: number) => ChargerEvent;
export type ResponseWriter = (outcome: ChargerOutcome) => Payload;

/** One action, without the version's checks. */
export interface MessageDefinition extends Partial<Pick<Route, 'caching' | 'isBoot' | 'billingFields' | 'sendOnly'>> {
  readonly action: string;
  readonly readEvent: EventReader;
  readonly writeResponse: ResponseWriter;
}

export function buildRoutes(
  version: OcppVersionName,
  messages: readonly MessageDefinition[],
): ReadonlyMap<string, Route> {
  return new Map(
    messages.map(({ action, ...message }) => {
      const { sendOnly: sent } = message;
      // What is never answered has no schema for an answer.
      const request = lazyCheck(version, action, sent ? 'send' : 'request');
      const response = sent ? () => undefined : lazyCheck(version, action, 'response');
      return [action, { checkRequest: request, checkResponse: response, caching: 'brief', isBoot: false, ...message }];
    }),
  );
}

/** Kept and acknowledged, with the answer that says no more than that, or that it is not done here. */
export function acknowledgeOnly(action: string, answer: Payload = {}): MessageDefinition {
  return acknowledgeWith(action, () => answer);
}

/** The same, where the answer has to repeat something of what was asked. */
export function acknowledgeWith(action: string, answer: (asked: Json, now: number) => Payload): MessageDefinition {
  return {
    action,
    readEvent: (payload) => ({ type: 'notification-received', action, payload }),
    writeResponse: (outcome) => {
      if (outcome.type !== 'notification-received') throw new OutcomeMismatch(action, outcome.type);
      return answer(outcome.payload ?? {}, outcome.now ?? 0);
    },
  };
}
