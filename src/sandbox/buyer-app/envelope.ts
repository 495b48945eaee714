/** Defines what surrounds the messages of a dialect: context field names, domain, version and acknowledgement. */
import { isJson, textOf, valueAt, type Json } from '../runtime/json.js';

/** The context fields whose names depend on the version of Beckn. */
export interface ContextNames {
  /** The field that names the network: `domain` or `networkId`. */
  readonly domain: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly bppId: string;
  readonly bppUri: string;
  readonly transactionId: string;
  readonly messageId: string;
}

/** @source Beckn core 1.x and 2.0.0-rc1, Context. */
export const SNAKE_CASE: ContextNames = {
  domain: 'domain',
  bapId: 'bap_id',
  bapUri: 'bap_uri',
  bppId: 'bpp_id',
  bppUri: 'bpp_uri',
  transactionId: 'transaction_id',
  messageId: 'message_id',
};

/** @source Beckn 2.0.0 LTS, Context. */
export const CAMEL_CASE: ContextNames = {
  domain: 'networkId',
  bapId: 'bapId',
  bapUri: 'bapUri',
  bppId: 'bppId',
  bppUri: 'bppUri',
  transactionId: 'transactionId',
  messageId: 'messageId',
};

export interface Envelope {
  /** The value of the field that names the network. */
  readonly domain: string;
  readonly version: string;
  readonly names: ContextNames;
  /** `ack`: `{"message":{"ack":{"status":"ACK"}}}`; `status`: `{"status":"ACK"}`. */
  readonly ackForm: 'ack' | 'status';
}

export const UEI_CHARGING_ENVELOPE: Envelope = {
  domain: 'uei:charging',
  version: '1.0.0',
  names: SNAKE_CASE,
  ackForm: 'ack',
};

/** Selects the names that a context uses. @param expected The names that it should use; also the fallback. */
export function namesIn(context: Json, expected: ContextNames = SNAKE_CASE): ContextNames {
  const uses = ({ transactionId, messageId }: ContextNames): boolean =>
    Object.hasOwn(context, transactionId) || Object.hasOwn(context, messageId);
  return [expected, SNAKE_CASE, CAMEL_CASE].find(uses) ?? expected;
}

/** Builds the body of an acknowledgement. @param error Added next to a NACK. */
export function ackBody(ackForm: Envelope['ackForm'], status: 'ACK' | 'NACK', error?: Json): string {
  const body = ackForm === 'status' ? { status } : { message: { ack: { status } } };
  return JSON.stringify({ ...body, ...(error && { error }) });
}

export interface Acknowledgement {
  readonly status: 'ACK' | 'NACK';
  /** The object or text next to the acknowledgement, or inside `message`. */
  readonly error: unknown;
}

/**
 * Reads an acknowledgement.
 * @shape  `ack` form: `message.ack.status`; `status` form: `status`, or `message.status`, which the reference adapter
 *         writes.
 * @returns `undefined` if the body is not an acknowledgement in this form.
 */
export function readAcknowledgement(body: unknown, ackForm: Envelope['ackForm']): Acknowledgement | undefined {
  if (!isJson(body)) return undefined;
  const candidates =
    ackForm === 'status'
      ? [body.status, valueAt(body, 'message', 'status')]
      : [valueAt(body, 'message', 'ack', 'status')];
  const status = candidates.map(textOf).find((text) => text !== '');
  if (status !== 'ACK' && status !== 'NACK') return undefined;
  return { status, error: body.error ?? valueAt(body, 'message', 'error') };
}

/** Returns the text of an error object in any dialect, or '' if it has none. */
export const errorText = (error: unknown): string =>
  textOf(valueAt(error, 'message')) || textOf(valueAt(error, 'errorMessage'));
