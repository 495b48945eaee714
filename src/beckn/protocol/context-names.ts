/** How a context spells its names: `bap_id` up to Beckn 2.0.0-rc1, `bapId` in 2.0.0. */
import type { WireContext } from './dialect.js';

export interface ContextFieldNames {
  /** What says which network it is: `domain`, or `networkId`. */
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

/** One spelling for the whole context: one id spelt as before makes it one of before, so that nobody is named twice. */
export function fieldNamesOf(context: WireContext): ContextFieldNames {
  const { network: _domain, ...ids } = SNAKE_CASE_FIELDS;
  const has = (names: object): boolean => Object.values(names).some((name: string) => Object.hasOwn(context, name));
  return has(CAMEL_CASE_FIELDS) && !has(ids) ? CAMEL_CASE_FIELDS : SNAKE_CASE_FIELDS;
}
