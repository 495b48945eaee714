/** Tables of what chargers may call, put together from single messages. */
import type { ChargerEvent, ChargerOutcome } from '../../ports/charger-events.js';
import type { Json } from '../../domain/model/order.js';
import type { OcppVersionName } from '../../schema/validators.js';
import type { Payload } from '../frames/frame.js';
import { lazyCheck } from './lazy-check.js';
import { OutcomeMismatch, type Route } from './version.js';

export type Reader = (payload: Payload, raw: string, now: number) => ChargerEvent;
export type Writer = (outcome: ChargerOutcome) => Payload;

/** One action, without the version's checks. */
export interface Message extends Partial<Pick<Route, 'replay' | 'boot' | 'identity' | 'sent'>> {
  readonly action: string;
  readonly read: Reader;
  readonly reply: Writer;
}

export function routesFor(version: OcppVersionName, messages: readonly Message[]): ReadonlyMap<string, Route> {
  return new Map(
    messages.map(({ action, ...message }) => {
      const { sent } = message;
      // What is never answered has no schema for an answer.
      const request = lazyCheck(version, action, sent ? 'send' : 'request');
      const response = sent ? () => undefined : lazyCheck(version, action, 'response');
      return [action, { request, response, replay: 'brief', boot: false, ...message }];
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
