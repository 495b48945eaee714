/** What a simulated charge point answers when the central system calls it. OCPP 1.6 §5. */
import type { ConfigurationKeys } from './device/configuration-keys.js';
import { answerDataTransfer } from './cost-display.js';
import type { CallResponse, Payload } from './device/ocpp-client.js';
import type { ConnectorSimulator } from './connector.js';

export interface ChargerCallDeps {
  readonly keys: ConfigurationKeys;
  readonly connectors: readonly ConnectorSimulator[];
  boot(): void;
  heartbeat(): void;
  /** Reports one connector, or all of them and the charge point. */
  reportStatus(connectorId: number | undefined): void;
  reset(kind: 'HardReset' | 'SoftReset'): void;
  /** Transaction messages not yet answered. */
  pendingMessages(): number;
  /** Runs once the answer is out. */
  afterResponse(work: () => void): void;
}

export function createChargerCalls(deps: ChargerCallDeps): (action: string, payload: Payload) => CallResponse {
  const { keys, connectors } = deps;
  const say = (status: string): CallResponse => ({ payload: { status } });
  const yes = (accepted: boolean): CallResponse => say(accepted ? 'Accepted' : 'Rejected');
  const chosen = (payload: Payload): ConnectorSimulator[] =>
    connectors.filter(
      (one) => payload.connectorId === undefined || payload.connectorId === 0 || one.id === payload.connectorId,
    );

  function trigger(payload: Payload): CallResponse {
    const { requestedMessage, connectorId } = payload;
    const some = chosen(payload);
    if (some.length === 0) return say('Rejected');
    const work = {
      BootNotification: () => deps.boot(),
      Heartbeat: () => deps.heartbeat(),
      StatusNotification: () => deps.reportStatus(typeof connectorId === 'number' ? connectorId : undefined),
      MeterValues: () => some.forEach((one) => one.sendMeterValues()),
    };
    if (typeof requestedMessage !== 'string' || !Object.hasOwn(work, requestedMessage)) return say('NotImplemented');
    deps.afterResponse(work[requestedMessage as keyof typeof work]);
    return say('Accepted');
  }

  function change(payload: Payload): CallResponse {
    const status = keys.change(String(payload.key), String(payload.value));
    if (status === 'Accepted' && payload.key === 'MeterValueSampleInterval')
      for (const one of connectors) one.restartSampling();
    return say(status);
  }

  const handlers: { [action: string]: (payload: Payload) => CallResponse } = {
    ChangeAvailability(payload) {
      const status = payload.type === 'Operative' ? 'Available' : 'Unavailable';
      const some = chosen(payload);
      const busy = some.some((one) => one.view().transaction);
      if (!busy) deps.afterResponse(() => some.forEach((one) => one.setStatus(status)));
      return say(busy ? 'Rejected' : 'Accepted');
    },
    ChangeConfiguration: change,
    ClearCache: () => say('Accepted'),
    DataTransfer: (payload) => say(answerDataTransfer(keys, connectors, payload)),
    GetConfiguration(payload) {
      const wanted = Array.isArray(payload.key) ? payload.key.map(String) : undefined;
      return { payload: keys.getConfiguration(wanted) };
    },
    RemoteStartTransaction(payload) {
      // Without a connector the charge point may choose; this one wants to be told when it has several.
      const one = payload.connectorId === undefined && connectors.length > 1 ? undefined : chosen(payload)[0];
      return yes(one?.remoteStart(String(payload.idTag)) ?? false);
    },
    RemoteStopTransaction(payload) {
      const { transactionId } = payload;
      return yes(typeof transactionId === 'number' && connectors.some((one) => one.remoteStop(transactionId)));
    },
    Reset(payload) {
      deps.afterResponse(() => deps.reset(payload.type === 'Hard' ? 'HardReset' : 'SoftReset'));
      return say('Accepted');
    },
    TriggerMessage: trigger,
    UnlockConnector(payload) {
      const [one] = chosen(payload);
      if (!one) return say('NotSupported');
      deps.afterResponse(() => one.unplug());
      return say('Unlocked');
    },
  };

  return (action, payload) => {
    const handler = Object.hasOwn(handlers, action) ? handlers[action] : undefined;
    return handler?.(payload) ?? { code: 'NotSupported', description: `${action} is not simulated` };
  };
}
