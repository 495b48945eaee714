/** Defines the messages that differ between OCPP versions. The rest of the simulated charge point is shared. */
import type { Random } from '../../ports/runtime.js';
import type { CallHandler, CallHandlerDeps } from './call-handler.js';
import type { ConnectorView, StopReason } from './charge-point-options.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { MeterReading, ReadingContext } from './device/meter-values.js';
import type { Payload } from './device/ocpp-client.js';
import type { TransactionMessage } from './device/transaction-message-queue.js';

/** What a StatusNotification is built from: a 1.6 status, and whether a cable is plugged in. */
export type ReportedConnector = Pick<ConnectorView, 'connectorId' | 'status' | 'pluggedIn'>;

export interface TransactionStart {
  readonly connectorId: number;
  readonly idTag: string;
  /** The id of the 2.x remote start that requested the transaction, if any. */
  readonly remoteStartId: number | undefined;
  readonly reading: MeterReading;
  readonly batteryFull: boolean;
  readonly keys: ConfigurationKeys;
  readonly random: Random;
  enqueue(message: TransactionMessage): void;
  isOffline(): boolean;
  /** Called if the central system does not accept the tag. */
  onRefused(): void;
}

/** Sends the messages of one transaction after its start. */
export interface TransactionMessages {
  /** `undefined` in 1.6 until the central system has assigned an id. */
  id(): number | string | undefined;
  meterValues(reading: MeterReading, context: ReadingContext): void;
  /** Reports that energy flows, or that the car or the EVSE has suspended charging. */
  chargingState(status: 'Charging' | 'SuspendedEV' | 'SuspendedEVSE', reading: MeterReading): void;
  end(reading: MeterReading, reason: StopReason): void;
}

export interface ProtocolMessages {
  readonly subprotocol: string;
  boot(hardware: { readonly vendor: string; readonly model: string; readonly serial: string }): Payload;
  authorize(idTag: string): Payload;
  /** Checks whether the answer to an Authorize or a transaction start accepts the tag. */
  isAccepted(answer: Payload): boolean;
  /**
   * Builds a StatusNotification, and returns the status in it as well.
   * @returns `undefined` for connector 0 in 2.x, because 2.x has no status for the whole station.
   */
  statusNotification(
    connector: ReportedConnector,
    timestamp: string,
  ): { readonly status: string; readonly payload: Payload } | undefined;
  /** Builds the MeterValues of a connector without a transaction. */
  meterValues(connectorId: number, reading: MeterReading, keys: ConfigurationKeys): TransactionMessage;
  startTransaction(start: TransactionStart): TransactionMessages;
  /** Creates the handler of the central system's calls. */
  createCallHandler(deps: CallHandlerDeps): CallHandler;
}
