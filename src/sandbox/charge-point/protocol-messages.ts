/** The messages of a charge point in one OCPP version. The simulated charge point is the same in all versions. */
import type { Random } from '../../ports/runtime.js';
import type { CallHandler, CallHandlerDeps } from './call-handler.js';
import type { ConnectorView, StopReason } from './charge-point-options.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { MeterReading, ReadingContext } from './device/meter-values.js';
import type { Payload } from './device/ocpp-client.js';
import type { TransactionMessage } from './device/transaction-message-queue.js';

/** What a StatusNotification reports: a status in the words of 1.6, and whether a cable is plugged in. */
export type ReportedConnector = Pick<ConnectorView, 'connectorId' | 'status' | 'pluggedIn'>;

export interface TransactionStart {
  readonly connectorId: number;
  readonly idTag: string;
  /** The id of the 2.x remote start that asked for the transaction. */
  readonly remoteStartId: number | undefined;
  readonly reading: MeterReading;
  readonly batteryFull: boolean;
  readonly keys: ConfigurationKeys;
  readonly random: Random;
  enqueue(message: TransactionMessage): void;
  isOffline(): boolean;
  /** Called when the central system does not accept the tag. */
  onRefused(): void;
}

/** The messages of one transaction after its start. */
export interface TransactionMessages {
  /** `undefined` in 1.6 until the central system has assigned one. */
  id(): number | string | undefined;
  meterValues(reading: MeterReading, context: ReadingContext): void;
  /** Energy flows, or the car or the connector pauses. */
  chargingState(status: 'Charging' | 'SuspendedEV' | 'SuspendedEVSE', reading: MeterReading): void;
  end(reading: MeterReading, reason: StopReason): void;
}

export interface ProtocolMessages {
  readonly subprotocol: string;
  boot(hardware: { readonly vendor: string; readonly model: string; readonly serial: string }): Payload;
  authorize(idTag: string): Payload;
  /** Whether the answer to an Authorize or a transaction start accepts its tag. */
  isAccepted(answer: Payload): boolean;
  /** A StatusNotification and the status in it. `undefined` for connector 0 in 2.x, which reports EVSEs only. */
  statusNotification(
    connector: ReportedConnector,
    timestamp: string,
  ): { readonly status: string; readonly payload: Payload } | undefined;
  /** MeterValues of a connector without a transaction. */
  meterValues(connectorId: number, reading: MeterReading, keys: ConfigurationKeys): TransactionMessage;
  startTransaction(start: TransactionStart): TransactionMessages;
  /** Answers the calls of the central system. */
  createCallHandler(deps: CallHandlerDeps): CallHandler;
}
