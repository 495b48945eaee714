/** How a charge point of one OCPP version says what happens to it. The charge point itself is the same in all of them. */
import type { Random } from '../../ports/runtime.js';
import type { ConnectorView } from './charge-point-options.js';
import type { ChargerCallDeps } from './calls-v16.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { Reading, ReadingContext } from './device/meter-values.js';
import type { CallReply, Payload } from './device/ocpp-client.js';
import type { StopReasonWord } from './connector.js';
import type { TransactionMessage } from './device/transaction-message-queue.js';
import { talk16 } from './messages-v16.js';
import { talk2 } from './messages-v2x.js';

export type OcppName = '1.6' | '2.0.1' | '2.1';

/** What a connector is when it is told: a status in 1.6 words, and whether a cable is in. */
export type Place = Pick<ConnectorView, 'connectorId' | 'status' | 'plugged'>;

export interface Beginning {
  readonly connectorId: number;
  readonly idTag: string;
  /** The remote start that asked for it. */
  readonly remoteStartId: number | undefined;
  readonly reading: Reading;
  readonly full: boolean;
  readonly keys: ConfigurationKeys;
  readonly random: Random;
  enqueue(message: TransactionMessage): void;
  /** True while nothing can be told at once. */
  offline(): boolean;
  /** The central system does not admit the tag. */
  refused(): void;
}

/** One transaction in messages, from its beginning on. */
export interface TransactionTalk {
  /** Unknown in 1.6 until the central system has given it. */
  id(): number | string | undefined;
  sampled(reading: Reading, context: ReadingContext): void;
  /** Energy flows, or the car or the connector pauses. */
  state(status: 'Charging' | 'SuspendedEV' | 'SuspendedEVSE', reading: Reading): void;
  ended(reading: Reading, reason: StopReasonWord): void;
}

export interface Talk {
  readonly subprotocol: string;
  boot(about: { readonly vendor: string; readonly model: string; readonly serial: string }): Payload;
  authorize(idTag: string): Payload;
  /** Whether an answer admits the tag that was asked for, or shown. */
  admits(answer: Payload): boolean;
  /** A StatusNotification and its status word; nothing for a place that this version does not speak of. */
  status(place: Place, timestamp: string): { readonly word: string; readonly payload: Payload } | undefined;
  /** MeterValues of a connector without a transaction. */
  idle(connectorId: number, reading: Reading, keys: ConfigurationKeys): TransactionMessage;
  begin(beginning: Beginning): TransactionTalk;
  /** Answers the central system's calls. */
  calls(deps: ChargerCallDeps): (action: string, payload: Payload) => CallReply;
}

export function talkOf(version: OcppName): Talk {
  return version === '1.6' ? talk16 : talk2(version);
}
