/** Defines the names of context fields: snake case up to Beckn 2.0.0-rc1 (`bap_id`), camel case in 2.0.0 LTS. */
import type { WireContext } from './wire.js';

export interface ContextFieldNames {
  /** The field that identifies the network: `domain` or `networkId`. */
  readonly network: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly bppId: string;
  readonly bppUri: string;
  readonly transactionId: string;
  readonly messageId: string;
}

export const SNAKE_CASE_FIELDS: ContextFieldNames = {
  network: 'domain',
  bapId: 'bap_id',
  bapUri: 'bap_uri',
  bppId: 'bpp_id',
  bppUri: 'bpp_uri',
  transactionId: 'transaction_id',
  messageId: 'message_id',
};

/** @source Beckn 2.0.0 LTS, `Context`. */
export const CAMEL_CASE_FIELDS: ContextFieldNames = {
  network: 'networkId',
  bapId: 'bapId',
  bapUri: 'bapUri',
  bppId: 'bppId',
  bppUri: 'bppUri',
  transactionId: 'transactionId',
  messageId: 'messageId',
};

/**
 * Selects one set of names for the whole context. A single id or address in snake case selects snake case, so that a
 * context that mixes both spellings can be read in only one way.
 */
export function fieldNamesOf(context: WireContext): ContextFieldNames {
  const { network: _domain, ...ids } = SNAKE_CASE_FIELDS;
  const has = (names: object): boolean => Object.values(names).some((name: string) => Object.hasOwn(context, name));
  return has(CAMEL_CASE_FIELDS) && !has(ids) ? CAMEL_CASE_FIELDS : SNAKE_CASE_FIELDS;
}
