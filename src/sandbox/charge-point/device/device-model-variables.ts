/** The device model of a simulated 2.x station: the configuration of the charge point under its 2.x names. */
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

const isPayload = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `Component.Variable[instance]`, as far as this station has instances. */
function variableName({ component, variable }: Payload): string {
  const part = (value: unknown): string => {
    if (!isPayload(value)) return '';
    return value.instance === undefined ? String(value.name) : `${String(value.name)}[${String(value.instance)}]`;
  };
  return `${part(component)}.${part(variable)}`;
}

export interface StationVariables {
  get(payload: Payload): CallResponse;
  /** `sampleInterval` is run when that was changed. */
  set(payload: Payload, sampleInterval: () => void): CallResponse;
}

export function createStationVariables(keys: ConfigurationKeys): StationVariables {
  const entries = (list: unknown): Payload[] => (Array.isArray(list) ? list.filter(isPayload) : []);
  const same = ({ component, variable }: Payload): Payload => ({ component, variable });

  return {
    get(payload) {
      const getVariableResult = entries(payload.getVariableData).map((entry) => {
        const key = KEY_BY_VARIABLE.get(variableName(entry));
        if (key === undefined) return { ...same(entry), attributeStatus: 'UnknownVariable' };
        const attributeValue = keys.getConfiguration([key]).configurationKey[0]?.value ?? '';
        return { ...same(entry), attributeStatus: 'Accepted', attributeValue };
      });
      return { payload: { getVariableResult } };
    },
    set(payload, sampleInterval) {
      const setVariableResult = entries(payload.setVariableData).map((entry) => {
        const key = KEY_BY_VARIABLE.get(variableName(entry));
        const status = key === undefined ? 'NotSupported' : keys.change(key, String(entry.attributeValue));
        if (status === 'Accepted' && key === 'MeterValueSampleInterval') sampleInterval();
        return { ...same(entry), attributeStatus: status === 'NotSupported' ? 'UnknownVariable' : status };
      });
      return { payload: { setVariableResult } };
    },
  };
}
