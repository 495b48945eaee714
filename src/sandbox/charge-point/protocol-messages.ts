/** How a charge point of one OCPP version says what happens to it. The charge point itself is the same in all of them. */
import type { Random } from '../../ports/runtime.js';
import type { ConnectorView } from './charge-point-options.js';
import type { ChargerCallDeps } from './calls-v16.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { MeterReading, ReadingContext } from './device/meter-values.js';
import type { CallResponse, Payload } from './device/ocpp-client.js';
import type { StopReason } from './connector.js';
import type { TransactionMessage } from './device/transaction-message-queue.js';
import { v16Messages } from './messages-v16.js';
import { v2xMessages } from './messages-v2x.js';

export type OcppVersionName = '1.6' | '2.0.1' | '2.1';

/** What a connector is when it is told: a status in 1.6 words, and whether a cable is in. */
export type ConnectorPosition = Pick<ConnectorView, 'connectorId' | 'status' | 'pluggedIn'>;

export interface TransactionStart {
  readonly connectorId: number;
  readonly idTag: string;
  /** The remote start that asked for it. */
  readonly remoteStartId: number | undefined;
  readonly reading: MeterReading;
  readonly full: boolean;
  readonly keys: ConfigurationKeys;
  readonly random: Random;
  enqueue(message: TransactionMessage): void;
  /** True while nothing can be told at once. */
  offline(): boolean;
  /** The central system does not admit the tag. */
  onRefused(): void;
}

/** One transaction in messages, from its beginning on. */
export interface TransactionMessages {
  /** Unknown in 1.6 until the central system has given it. */
  id(): number | string | undefined;
  meterValues(reading: MeterReading, context: ReadingContext): void;
  /** Energy flows, or the car or the connector pauses. */
  chargingState(status: 'Charging' | 'SuspendedEV' | 'SuspendedEVSE', reading: MeterReading): void;
  end(reading: MeterReading, reason: StopReason): void;
}

export interface ProtocolMessages {
  readonly subprotocol: string;
  boot(about: { readonly vendor: string; readonly model: string; readonly serial: string }): Payload;
  authorize(idTag: string): Payload;
  /** Whether an answer admits the tag that was asked for, or shown. */
  isAccepted(answer: Payload): boolean;
  /** A StatusNotification and its status word; nothing for a place that this version does not speak of. */
  statusNotification(
    place: ConnectorPosition,
    timestamp: string,
  ): { readonly status: string; readonly payload: Payload } | undefined;
  /** MeterValues of a connector without a transaction. */
  meterValues(connectorId: number, reading: MeterReading, keys: ConfigurationKeys): TransactionMessage;
  startTransaction(beginning: TransactionStart): TransactionMessages;
  /** Answers the central system's calls. */
  createCallHandler(deps: ChargerCallDeps): (action: string, payload: Payload) => CallResponse;
}

export function messagesFor(version: OcppVersionName): ProtocolMessages {
  return version === '1.6' ? v16Messages : v2xMessages(version);
}
