/** Answers the calls of an OCPP 2.0.1 or 2.1 CSMS. */
import { isJson } from '../runtime/json.js';
import {
  answerChangeAvailability,
  answerTrigger,
  handlerOf,
  respond,
  respondAccepted,
  type CallHandler,
  type CallHandlerDeps,
  type ControllableConnector,
} from './call-handler.js';
import { DeviceModelVariables } from './device/device-model-variables.js';
import type { Payload } from './device/ocpp-client.js';

const objectOf = (value: unknown): Payload => (isJson(value) ? value : {});

export function createV2xCallHandler(deps: CallHandlerDeps): CallHandler {
  const { keys, connectors } = deps;
  const variables = new DeviceModelVariables(keys, () => connectors.forEach((one) => one.restartSampling()));
  /** Returns the connector of an EVSE, or all connectors if the id is absent. */
  const atEvse = (evseId: unknown): ControllableConnector[] =>
    connectors.filter(({ id }) => evseId === undefined || id === evseId);

  return handlerOf({
    ChangeAvailability: ({ evse, operationalStatus }) =>
      answerChangeAvailability(deps, atEvse(objectOf(evse).id), operationalStatus === 'Operative'),
    ClearCache: () => respond('Accepted'),
    CostUpdated: () => ({ payload: {} }),
    DataTransfer: () => respond('UnknownVendorId'),
    GetTransactionStatus({ transactionId }) {
      const ongoingIndicator = connectors.some((connector) => connector.view().transaction?.id === transactionId);
      return { payload: { ongoingIndicator, messagesInQueue: deps.pendingMessages() > 0 } };
    },
    GetVariables: (payload) => variables.get(payload),
    RequestStartTransaction({ evseId, idToken, remoteStartId }) {
      // OCPP lets the station choose an EVSE. This one rejects the start if it has more than one.
      const connector = evseId === undefined && connectors.length > 1 ? undefined : atEvse(evseId)[0];
      const tag = String(objectOf(idToken).idToken);
      return respondAccepted(connector?.remoteStart(tag, Number(remoteStartId)) ?? false);
    },
    RequestStopTransaction: ({ transactionId }) =>
      respondAccepted(
        typeof transactionId === 'string' && connectors.some((connector) => connector.remoteStop(transactionId)),
      ),
    Reset({ type }) {
      deps.afterResponse(() => deps.reset(type === 'Immediate' ? 'HardReset' : 'SoftReset'));
      return respond('Accepted');
    },
    SetVariables: (payload) => variables.set(payload),
    TriggerMessage({ evse, requestedMessage }) {
      const { id } = objectOf(evse);
      const targets = atEvse(id);
      if (targets.length === 0) return respond('Rejected');
      return answerTrigger(deps, requestedMessage, {
        BootNotification: () => deps.boot(),
        Heartbeat: () => deps.heartbeat(),
        StatusNotification: () => deps.reportStatus(typeof id === 'number' ? id : undefined),
        MeterValues: () => targets.forEach((connector) => connector.sendMeterValues()),
        TransactionEvent: () =>
          targets
            .filter((connector) => connector.view().transaction)
            .forEach((connector) => connector.sendMeterValues()),
      });
    },
    UnlockConnector({ evseId }) {
      const [connector] = atEvse(evseId);
      if (!connector) return respond('UnknownConnector');
      if (connector.view().transaction) return respond('OngoingAuthorizedTransaction');
      deps.afterResponse(() => connector.unplug());
      return respond('Unlocked');
    },
  });
}
