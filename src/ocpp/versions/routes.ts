/** Tables of what chargers may call, put together from single messages. */
import type { ChargerEvent, ChargerOutcome } from '../../bridge/ports/chargers.js';
import type { Json } from '../../domain/order.js';
import type { OcppVersionName } from '../../schema/validators.js';
import type { Payload } from '../frame.js';
import { lazyCheck } from './lazy-check.js';
import { OutcomeMismatch, type Route, type SendRoute } from './version.js';

export type Reader = (payload: Payload, raw: string, now: number) => ChargerEvent;
export type Writer = (outcome: ChargerOutcome) => Payload;

/** One action, without the version's checks. */
export interface Message extends Pick<Route, 'identity'>, Partial<Pick<Route, 'replay' | 'boot'>> {
  readonly action: string;
  readonly read: Reader;
  readonly reply: Writer;
}

export function routesFor(version: OcppVersionName, messages: readonly Message[]): ReadonlyMap<string, Route> {
  return new Map(
    messages.map(({ action, ...message }) => {
      const request = lazyCheck(version, action, 'request');
      const response = lazyCheck(version, action, 'response');
      return [action, { request, response, replay: 'brief', boot: false, ...message }];
    }),
  );
}

/** What is told without wanting an answer (2.1), and kept. */
export function sendsFor(version: OcppVersionName, actions: readonly string[]): ReadonlyMap<string, SendRoute> {
  return new Map(
    actions.map((action) => {
      const read: Reader = (payload) => ({ type: 'noted', action, payload });
      return [action, { check: lazyCheck(version, action, 'send'), read }];
    }),
  );
}

/** Kept and acknowledged, with the answer that says no more than that, or that it is not done here. */
export function noted(action: string, answer: Payload = {}): Message {
  return notedWith(action, () => answer);
}

/** The same, where the answer has to repeat something of what was asked. */
export function notedWith(action: string, answer: (asked: Json, now: number) => Payload): Message {
  return {
    action,
    read: (payload) => ({ type: 'noted', action, payload }),
    reply: (outcome) => {
      if (outcome.type !== 'noted') throw new OutcomeMismatch(action, outcome.type);
      return answer(outcome.payload ?? {}, outcome.now ?? 0);
    },
  };
}
