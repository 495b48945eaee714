/** What a simulated 2.x charging station answers when the central system calls it. OCPP 2.0.1 part 2, B, E, F, G. */
import type { ChargerCallDeps } from './calls-v16.js';
import type { CallResponse, Payload } from './device/ocpp-client.js';
import type { ConnectorSimulator } from './connector.js';
import { createStationVariables } from './device/device-model-variables.js';

export function createStationCalls(deps: ChargerCallDeps): (action: string, payload: Payload) => CallResponse {
  const { keys, connectors } = deps;
  const variables = createStationVariables(keys);
  const say = (status: string): CallResponse => ({ payload: { status } });
  const yes = (accepted: boolean): CallResponse => say(accepted ? 'Accepted' : 'Rejected');
  const part = (value: unknown): Payload => (typeof value === 'object' && value !== null ? (value as Payload) : {});
  const atEvse = (id: unknown): ConnectorSimulator[] => connectors.filter((one) => id === undefined || one.id === id);

  function trigger(payload: Payload): CallResponse {
    const { id } = part(payload.evse);
    const some = atEvse(id);
    if (some.length === 0) return say('Rejected');
    const work = {
      BootNotification: () => deps.boot(),
      Heartbeat: () => deps.heartbeat(),
      StatusNotification: () => deps.reportStatus(typeof id === 'number' ? id : undefined),
      MeterValues: () => some.forEach((one) => one.sendMeterValues()),
      TransactionEvent: () => some.filter((one) => one.view().transaction).forEach((one) => one.sendMeterValues()),
    };
    const wanted = payload.requestedMessage;
    if (typeof wanted !== 'string' || !Object.hasOwn(work, wanted)) return say('NotImplemented');
    deps.afterResponse(work[wanted as keyof typeof work]);
    return say('Accepted');
  }

  const handlers: { [action: string]: (payload: Payload) => CallResponse } = {
    ChangeAvailability(payload) {
      const some = atEvse(part(payload.evse).id);
      const busy = some.some((one) => one.view().transaction);
      const status = payload.operationalStatus === 'Operative' ? 'Available' : 'Unavailable';
      if (!busy) deps.afterResponse(() => some.forEach((one) => one.setStatus(status)));
      return say(busy ? 'Rejected' : 'Accepted');
    },
    ClearCache: () => say('Accepted'),
    CostUpdated: () => ({ payload: {} }),
    DataTransfer: () => say('UnknownVendorId'),
    GetTransactionStatus({ transactionId }) {
      const ongoingIndicator = connectors.some((one) => one.view().transaction?.id === transactionId);
      return { payload: { ongoingIndicator, messagesInQueue: deps.pendingMessages() > 0 } };
    },
    GetVariables: (payload) => variables.get(payload),
    RequestStartTransaction({ evseId, idToken, remoteStartId }) {
      // Without an EVSE the station may choose; this one wants to be told when it has several.
      const one = evseId === undefined && connectors.length > 1 ? undefined : atEvse(evseId)[0];
      return yes(one?.remoteStart(String(part(idToken).idToken), Number(remoteStartId)) ?? false);
    },
    RequestStopTransaction({ transactionId }) {
      return yes(typeof transactionId === 'string' && connectors.some((one) => one.remoteStop(transactionId)));
    },
    Reset(payload) {
      deps.afterResponse(() => deps.reset(payload.type === 'Immediate' ? 'HardReset' : 'SoftReset'));
      return say('Accepted');
    },
    SetVariables: (payload) => variables.set(payload, () => connectors.forEach((one) => one.restartSampling())),
    TriggerMessage: trigger,
    UnlockConnector({ evseId }) {
      const [one] = atEvse(evseId);
      if (!one) return say('UnknownConnector');
      if (one.view().transaction) return say('OngoingAuthorizedTransaction');
      deps.afterResponse(() => one.unplug());
      return say('Unlocked');
    },
  };

  return (action, payload) => {
    const handler = Object.hasOwn(handlers, action) ? handlers[action] : undefined;
    return handler?.(payload) ?? { code: 'NotSupported', description: `${action} is not simulated` };
  };
}
