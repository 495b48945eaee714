/** Exposes the configuration keys that have 2.x names as the device model variables of a simulated 2.x station. */
import { asList, isJson } from '../../runtime/json.js';
import type { ConfigurationKeys } from './configuration-keys.js';
import type { CallResponse, Payload } from './ocpp-client.js';

const KEY_BY_VARIABLE: ReadonlyMap<string, string> = new Map([
  ['AuthCtrlr.AuthorizeRemoteStart', 'AuthorizeRemoteTxRequests'],
  ['AuthCtrlr.LocalAuthorizeOffline', 'LocalAuthorizeOffline'],
  ['OCPPCommCtrlr.HeartbeatInterval', 'HeartbeatInterval'],
  ['OCPPCommCtrlr.MessageAttempts[TransactionEvent]', 'TransactionMessageAttempts'],
  ['OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]', 'TransactionMessageRetryInterval'],
  ['SampledDataCtrlr.TxEndedMeasurands', 'StopTxnSampledData'],
  ['SampledDataCtrlr.TxUpdatedInterval', 'MeterValueSampleInterval'],
  ['SampledDataCtrlr.TxUpdatedMeasurands', 'MeterValuesSampledData'],
  ['TxCtrlr.EVConnectionTimeOut', 'ConnectionTimeOut'],
  ['TxCtrlr.StopTxOnInvalidId', 'StopTransactionOnInvalidId'],
]);

export class DeviceModelVariables {
  readonly #keys: ConfigurationKeys;
  readonly #onSampleIntervalChange: () => void;

  constructor(keys: ConfigurationKeys, onSampleIntervalChange: () => void) {
    this.#keys = keys;
    this.#onSampleIntervalChange = onSampleIntervalChange;
  }

  get({ getVariableData }: Payload): CallResponse {
    const getVariableResult = asList(getVariableData)
      .filter(isJson)
      .map((request) => {
        const key = KEY_BY_VARIABLE.get(variableName(request));
        if (key === undefined) return { ...addressOf(request), attributeStatus: 'UnknownVariable' };
        const attributeValue = this.#keys.getConfiguration([key]).configurationKey[0]?.value ?? '';
        return { ...addressOf(request), attributeStatus: 'Accepted', attributeValue };
      });
    return { payload: { getVariableResult } };
  }

  set({ setVariableData }: Payload): CallResponse {
    const setVariableResult = asList(setVariableData)
      .filter(isJson)
      .map((request) => {
        const key = KEY_BY_VARIABLE.get(variableName(request));
        const status = key === undefined ? 'NotSupported' : this.#keys.change(key, String(request.attributeValue));
        if (status === 'Accepted' && key === 'MeterValueSampleInterval') this.#onSampleIntervalChange();
        return { ...addressOf(request), attributeStatus: status === 'NotSupported' ? 'UnknownVariable' : status };
      });
    return { payload: { setVariableResult } };
  }
}

const addressOf = ({ component, variable }: Payload): Payload => ({ component, variable });

/** Returns `Component.Variable`, with `[instance]` after each part that has one. */
function variableName({ component, variable }: Payload): string {
  const nameOf = (value: unknown): string => {
    if (!isJson(value)) return '';
    return value.instance === undefined ? String(value.name) : `${String(value.name)}[${String(value.instance)}]`;
  };
  return `${nameOf(component)}.${nameOf(variable)}`;
}
