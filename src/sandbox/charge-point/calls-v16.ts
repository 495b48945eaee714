/** Answers the calls of an OCPP 1.6 central system. @source OCPP 1.6 §5. */
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
import { answerDataTransfer } from './cost-display.js';
import type { CallResponse, Payload } from './device/ocpp-client.js';

export function createV16CallHandler(deps: CallHandlerDeps): CallHandler {
  const { keys, connectors } = deps;
  /** Returns the connector that a call names, or all connectors if it names 0 or none. */
  const addressed = ({ connectorId }: Payload): ControllableConnector[] =>
    connectors.filter(({ id }) => connectorId === undefined || connectorId === 0 || id === connectorId);

  return handlerOf({
    ChangeAvailability: (payload) => answerChangeAvailability(deps, addressed(payload), payload.type === 'Operative'),
    ChangeConfiguration: (payload) => changeConfiguration(deps, payload),
    ClearCache: () => respond('Accepted'),
    DataTransfer: (payload) => respond(answerDataTransfer(keys, connectors, payload)),
    GetConfiguration: ({ key }) => ({
      payload: keys.getConfiguration(Array.isArray(key) ? key.map(String) : undefined),
    }),
    RemoteStartTransaction(payload) {
      // OCPP lets the charge point choose a connector. This one rejects the start if it has more than one.
      const ambiguous = payload.connectorId === undefined && connectors.length > 1;
      const connector = ambiguous ? undefined : addressed(payload)[0];
      return respondAccepted(connector?.remoteStart(String(payload.idTag)) ?? false);
    },
    RemoteStopTransaction: ({ transactionId }) =>
      respondAccepted(
        typeof transactionId === 'number' && connectors.some((connector) => connector.remoteStop(transactionId)),
      ),
    Reset({ type }) {
      deps.afterResponse(() => deps.reset(type === 'Hard' ? 'HardReset' : 'SoftReset'));
      return respond('Accepted');
    },
    TriggerMessage(payload) {
      const { requestedMessage, connectorId } = payload;
      const targets = addressed(payload);
      if (targets.length === 0) return respond('Rejected');
      return answerTrigger(deps, requestedMessage, {
        BootNotification: () => deps.boot(),
        Heartbeat: () => deps.heartbeat(),
        StatusNotification: () => deps.reportStatus(typeof connectorId === 'number' ? connectorId : undefined),
        MeterValues: () => targets.forEach((connector) => connector.sendMeterValues()),
      });
    },
    UnlockConnector(payload) {
      const [connector] = addressed(payload);
      if (!connector) return respond('NotSupported');
      deps.afterResponse(() => connector.unplug());
      return respond('Unlocked');
    },
  });
}

function changeConfiguration({ keys, connectors }: CallHandlerDeps, { key, value }: Payload): CallResponse {
  const status = keys.change(String(key), String(value));
  if (status === 'Accepted' && key === 'MeterValueSampleInterval')
    for (const connector of connectors) connector.restartSampling();
  return respond(status);
}
