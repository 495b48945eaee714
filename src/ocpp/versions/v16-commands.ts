/** OCPP 1.6: our commands as CALLs, and their answers. */
import type { ChargerCommand } from '../../bridge/ports/chargers.js';
import type { Json } from '../../domain/order.js';
import { isPayload, type Payload } from '../frame.js';
import { lazyCheck } from './v16-check.js';
import type { Call } from './version.js';

type Action =
  'RemoteStartTransaction' | 'RemoteStopTransaction' | 'TriggerMessage' | 'GetConfiguration' | 'ChangeConfiguration';

const CHECKS = {
  RemoteStartTransaction: checks('RemoteStartTransaction'),
  RemoteStopTransaction: checks('RemoteStopTransaction'),
  TriggerMessage: checks('TriggerMessage'),
  GetConfiguration: checks('GetConfiguration'),
  ChangeConfiguration: checks('ChangeConfiguration'),
};

function checks(action: Action): Pick<Call, 'request' | 'response'> {
  return { request: lazyCheck(action, 'request'), response: lazyCheck(action, 'response') };
}

/** @source OCPP 1.6 §5.3, §5.8, §5.11, §5.12, §5.17. The connector is always named: some chargers reject a start without. */
export function write(command: ChargerCommand): Call {
  switch (command.type) {
    case 'remote-start':
      return call('RemoteStartTransaction', { connectorId: command.connectorId, idTag: command.idTag });
    case 'remote-stop':
      return call('RemoteStopTransaction', { transactionId: Number(command.transactionId) });
    case 'trigger':
      return call('TriggerMessage', {
        requestedMessage: command.what,
        ...(command.connectorId === undefined ? {} : { connectorId: command.connectorId }),
      });
    case 'get-configuration':
      return call('GetConfiguration', command.keys === undefined ? {} : { key: command.keys });
    case 'change-configuration':
      return call('ChangeConfiguration', { key: command.key, value: command.value });
  }
}

function call(action: Action, payload: Payload): Call {
  return { action, payload, ...CHECKS[action] };
}

export function statusOf(payload: Json): string | undefined {
  return isPayload(payload) && typeof payload['status'] === 'string' ? payload['status'] : undefined;
}
