/** The configuration keys of a simulated charge point, and what it accepts as their values. OCPP 1.6 §9. */

interface ConfigurationKey {
  value: string;
  readonly readonly: boolean;
  readonly valid: (value: string) => boolean;
}

export type ChangeStatus = 'Accepted' | 'Rejected' | 'NotSupported';

export interface ConfigurationKeys {
  /** Seconds or counts. */
  number(key: string): number;
  flag(key: string): boolean;
  list(key: string): string[];
  change(key: string, value: string): ChangeStatus;
  /** The answer to GetConfiguration. */
  getConfiguration(wanted: readonly string[] | undefined): {
    configurationKey: { key: string; readonly: boolean; value: string }[];
    unknownKey: string[];
  };
}

const MEASURANDS = ['Energy.Active.Import.Register', 'Power.Active.Import', 'SoC', 'Voltage', 'Current.Import'];

const isInteger = (value: string): boolean => /^\d{1,9}$/.test(value);
const isBoolean = (value: string): boolean => /^(true|false)$/i.test(value);
const isMeasurandList = (value: string): boolean =>
  value === '' || value.split(',').every((part) => MEASURANDS.includes(part.trim()));
const isReadOnly = (): boolean => false;

export function createConfigurationKeys(
  connectors: number,
  sampleIntervalS: number,
  showsCost = false,
): ConfigurationKeys {
  const keys = new Map<string, ConfigurationKey>();
  const add = (key: string, value: string, valid: (value: string) => boolean): void => {
    keys.set(key, { value, readonly: valid === isReadOnly, valid });
  };
  add('AuthorizeRemoteTxRequests', 'false', isBoolean);
  add('ClockAlignedDataInterval', '0', isInteger);
  add('ConnectionTimeOut', '90', isInteger);
  add('ConnectorPhaseRotation', 'NotApplicable', isReadOnly);
  if (showsCost) add('CustomDisplayCostAndPrice', 'true', isReadOnly);
  add('GetConfigurationMaxKeys', '50', isReadOnly);
  add('HeartbeatInterval', '300', isInteger);
  add('LocalAuthorizeOffline', 'true', isBoolean);
  add('LocalPreAuthorize', 'false', isBoolean);
  add('MeterValuesAlignedData', '', isMeasurandList);
  add('MeterValuesSampledData', MEASURANDS.join(','), isMeasurandList);
  add('MeterValueSampleInterval', String(sampleIntervalS), isInteger);
  add('NumberOfConnectors', String(connectors), isReadOnly);
  add('ResetRetries', '1', isInteger);
  add('StopTransactionOnEVSideDisconnect', 'true', isBoolean);
  add('StopTransactionOnInvalidId', 'true', isBoolean);
  add('StopTxnAlignedData', '', isMeasurandList);
  add('StopTxnSampledData', 'Energy.Active.Import.Register,SoC', isMeasurandList);
  add('SupportedFeatureProfiles', 'Core,RemoteTrigger', isReadOnly);
  add('TransactionMessageAttempts', '3', isInteger);
  add('TransactionMessageRetryInterval', '10', isInteger);
  add('UnlockConnectorOnEVSideDisconnect', 'true', isBoolean);
  add('WebSocketPingInterval', '0', isInteger);

  const text = (key: string): string => keys.get(key)?.value ?? '';

  return {
    number: (key) => Number(text(key)),
    flag: (key) => text(key).toLowerCase() === 'true',
    list: (key) =>
      text(key)
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    change(key, value) {
      const found = keys.get(key);
      if (!found) return 'NotSupported';
      if (!found.valid(value)) return 'Rejected';
      found.value = value;
      return 'Accepted';
    },
    getConfiguration(wanted) {
      const asked = wanted?.length ? wanted : [...keys.keys()];
      return {
        configurationKey: asked.flatMap((key) => {
          const found = keys.get(key);
          return found ? [{ key, readonly: found.readonly, value: found.value }] : [];
        }),
        unknownKey: asked.filter((key) => !keys.has(key)),
      };
    },
  };
}
