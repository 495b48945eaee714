/** The calls of the central system: what they can do to a charge point, and how they are answered in every version. */
import type { ConnectorStatus, ConnectorView } from './charge-point-options.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { CallResponse, Payload } from './device/ocpp-client.js';

/** The part of a connector that calls may use. */
export interface ControllableConnector {
  readonly id: number;
  view(): ConnectorView;
  /** @param remoteStartId 2.x only. @returns Whether the start is accepted. */
  remoteStart(idTag: string, remoteStartId?: number): boolean;
  /** @returns False when the transaction does not run here. */
  remoteStop(transactionId: number | string): boolean;
  unplug(): void;
  setStatus(status: ConnectorStatus): void;
  sendMeterValues(): void;
  /** Sends meter values once the register has reached `registerWh`. A later call replaces this one; `undefined` cancels it. */
  sendMeterValuesAt(registerWh: number | undefined): void;
  /** Applies a changed sample interval. */
  restartSampling(): void;
}

export interface CallHandlerDeps {
  readonly keys: ConfigurationKeys;
  readonly connectors: readonly ControllableConnector[];
  boot(): void;
  heartbeat(): void;
  /** Reports one connector, or with `undefined` the charge point and all connectors. */
  reportStatus(connectorId: number | undefined): void;
  reset(kind: 'HardReset' | 'SoftReset'): void;
  /** The number of transaction messages that have no answer yet. */
  pendingMessages(): number;
  /** Runs `work` once the answer to the call has left. */
  afterResponse(work: () => void): void;
}

export type CallHandler = (action: string, payload: Payload) => CallResponse;

/** A handler of the listed actions. Every other action gets NotSupported. */
export function handlerOf(actions: { readonly [action: string]: (payload: Payload) => CallResponse }): CallHandler {
  return (action, payload) => {
    const handle = Object.hasOwn(actions, action) ? actions[action] : undefined;
    return handle?.(payload) ?? { code: 'NotSupported', description: `${action} is not simulated` };
  };
}

export const respond = (status: string): CallResponse => ({ payload: { status } });

export const respondAccepted = (accepted: boolean): CallResponse => respond(accepted ? 'Accepted' : 'Rejected');

/** Accepts a TriggerMessage, and sends the requested message once the answer has left. */
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

/** Makes connectors available or unavailable, unless a transaction runs at one of them. */
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
