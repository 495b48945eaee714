/** Reads the parts that every Beckn message has, in the field names of any dialect. */
import { at, text } from '../runtime/json.js';
import type { Envelope } from './buyer-dialect.js';

const field = (json: unknown, snake: string, camel: string): string =>
  text(at(json, 'context', snake)) || text(at(json, 'context', camel));

export const messageIdOf = (json: unknown): string => field(json, 'message_id', 'messageId');

export function readEnvelope(json: unknown): Envelope {
  return {
    action: field(json, 'action', 'action'),
    bapId: field(json, 'bap_id', 'bapId'),
    bapUri: field(json, 'bap_uri', 'bapUri'),
    transactionId: field(json, 'transaction_id', 'transactionId'),
    messageId: messageIdOf(json),
    timestamp: field(json, 'timestamp', 'timestamp'),
  };
}

/** Reads the answer to a request: `{"message":{"ack":{"status"}}}`, or `{"status"}` in Beckn 2.0.0 LTS. */
export function isAcknowledged(answer: unknown): boolean {
  return (at(answer, 'message', 'ack', 'status') ?? at(answer, 'status')) === 'ACK';
}

/** Checks whether a callback has an error. Some dialects send an empty error with every callback. */
export function hasError(json: unknown): boolean {
  return Object.keys(at(json, 'error') ?? {}).length > 0;
}

/** Returns an amount with decimals as a JSON number, and any other one unchanged. */
export const asNumber = (amount: string): number | string => (/^\d+\.\d+$/.test(amount) ? Number(amount) : amount);
