/** Defines what call handlers may use, and builds the responses that all OCPP versions share. */
import type { ConnectorStatus, ConnectorView } from './charge-point-options.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { CallResponse, Payload } from './device/ocpp-client.js';

/** The part of a connector that call handlers may use. */
export interface ControllableConnector {
  readonly id: number;
  view(): ConnectorView;
  /** @param remoteStartId 2.x only. @returns Whether the start was accepted. */
  remoteStart(idTag: string, remoteStartId?: number): boolean;
  /** @returns False if the transaction is not running at this connector. */
  remoteStop(transactionId: number | string): boolean;
  unplug(): void;
  setStatus(status: ConnectorStatus): void;
  sendMeterValues(): void;
  /**
   * Sends meter values once the register reaches `registerWh` in the running transaction. Replaces any earlier request;
   * `undefined` only cancels it.
   */
  sendMeterValuesAt(registerWh: number | undefined): void;
  /** Restarts the periodic meter values with the configured interval. */
  restartSampling(): void;
}

export interface CallHandlerDeps {
  readonly keys: ConfigurationKeys;
  readonly connectors: readonly ControllableConnector[];
  boot(): void;
  heartbeat(): void;
  /** Reports the status of one connector or, if `undefined`, of the charge point and every connector. */
  reportStatus(connectorId: number | undefined): void;
  reset(kind: 'HardReset' | 'SoftReset'): void;
  /** The number of unanswered transaction messages. */
  pendingMessages(): number;
  /** Runs `work` after the answer to the call has been sent. */
  afterResponse(work: () => void): void;
}

export type CallHandler = (action: string, payload: Payload) => CallResponse;

/** Builds a handler of the given actions. It answers any other action with a NotSupported error. */
export function handlerOf(actions: { readonly [action: string]: (payload: Payload) => CallResponse }): CallHandler {
  return (action, payload) => {
    const handle = Object.hasOwn(actions, action) ? actions[action] : undefined;
    return handle?.(payload) ?? { code: 'NotSupported', description: `${action} is not simulated` };
  };
}

export const respond = (status: string): CallResponse => ({ payload: { status } });

export const respondAccepted = (accepted: boolean): CallResponse => respond(accepted ? 'Accepted' : 'Rejected');

/** Accepts a TriggerMessage and then sends the requested message. Answers NotImplemented if `senders` lacks it. */
export function answerTrigger(
  deps: CallHandlerDeps,
  requestedMessage: unknown,
  senders: { readonly [message: string]: () => void },
): CallResponse {
  const send =
    typeof requestedMessage === 'string' && Object.hasOwn(senders, requestedMessage)
      ? senders[requestedMessage]
      : undefined;
  if (!send) return respond('NotImplemented');
  deps.afterResponse(send);
  return respond('Accepted');
}

/** Makes connectors available or unavailable, or rejects the change if a transaction is running at one of them. */
export function answerChangeAvailability(
  deps: CallHandlerDeps,
  connectors: readonly ControllableConnector[],
  operative: boolean,
): CallResponse {
  const busy = connectors.some((connector) => connector.view().transaction);
  const status = operative ? 'Available' : 'Unavailable';
  if (!busy) deps.afterResponse(() => connectors.forEach((connector) => connector.setStatus(status)));
  return respondAccepted(!busy);
}
