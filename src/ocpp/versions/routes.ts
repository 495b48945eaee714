/** Builds a version's route table from one definition per message. */
import type { Json } from '../../domain/model/object.js';
import type { ChargerEventOf, ChargerEventType, ChargerOutcomeOf } from '../../ports/charger-events.js';
import { lazyOcppCheck, type OcppVersionName } from '../../schema/validators.js';
import { EMPTY_PAYLOAD, type Payload } from '../frames/payload.js';
import type { Route } from './version.js';

/** A route before a version's schema checks are added. */
export interface MessageDefinition
  extends
    Pick<Route, 'readEvent' | 'writeResponse'>,
    Partial<Pick<Route, 'caching' | 'isBoot' | 'billingFields' | 'sendOnly'>> {
  readonly action: string;
}

/** A message that is read as an event of type `T` and answered with such an event's outcome. */
export interface TypedMessage<T extends ChargerEventType> extends Omit<
  MessageDefinition,
  'action' | 'readEvent' | 'writeResponse'
> {
  readEvent(payload: Payload, raw: string, now: number): ChargerEventOf<T>;
  writeResponse(outcome: ChargerOutcomeOf<T>): Payload;
}

/** Defines a message whose reader and writer must fit the same event type; a mismatch is a compile error. */
export function route<T extends ChargerEventType>(action: string, message: TypedMessage<T>): MessageDefinition {
  return { action, ...message };
}

export function buildRoutes(
  version: OcppVersionName,
  messages: readonly MessageDefinition[],
): ReadonlyMap<string, Route> {
  return new Map(
    messages.map(({ action, ...definition }) => {
      const { sendOnly } = definition;
      const checkRequest = lazyOcppCheck(version, action, sendOnly ? 'send' : 'request');
      // A SEND has no response, and so no response schema.
      const checkResponse = sendOnly ? () => undefined : lazyOcppCheck(version, action, 'response');
      return [action, { checkRequest, checkResponse, caching: 'brief', isBoot: false, ...definition }];
    }),
  );
}

/** Defines a message that is only logged and acknowledged, always with the same response. */
export function acknowledgeOnly(action: string, response: Payload = EMPTY_PAYLOAD): MessageDefinition {
  return acknowledgeWith(action, () => response);
}

/**
 * Defines a message that is only logged and acknowledged, with a response built from the request.
 * @unit `now` is epoch ms.
 */
export function acknowledgeWith(action: string, respond: (request: Json, now: number) => Payload): MessageDefinition {
  return route<'notification-received'>(action, {
    readEvent: (payload) => ({ type: 'notification-received', action, payload }),
    writeResponse: ({ payload = EMPTY_PAYLOAD, now = 0 }) => respond(payload, now),
  });
}
