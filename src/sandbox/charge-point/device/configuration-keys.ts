/** The configuration keys of a simulated charge point, and what it accepts as their values. OCPP 1.6 §9. */

interface Key {
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
  report(wanted: readonly string[] | undefined): {
    configurationKey: { key: string; readonly: boolean; value: string }[];
    unknownKey: string[];
  };
}

const MEASURANDS = ['Energy.Active.Import.Register', 'Power.Active.Import', 'SoC', 'Voltage', 'Current.Import'];

const whole = (value: string): boolean => /^\d{1,9}$/.test(value);
const truth = (value: string): boolean => /^(true|false)$/i.test(value);
const measurands = (value: string): boolean =>
  value === '' || value.split(',').every((part) => MEASURANDS.includes(part.trim()));
const never = (): boolean => false;

export function createConfigurationKeys(
  connectors: number,
  sampleIntervalS: number,
  showsCost = false,
): ConfigurationKeys {
  const keys = new Map<string, Key>();
  const add = (key: string, value: string, valid: (value: string) => boolean): void => {
    keys.set(key, { value, readonly: valid === never, valid });
  };
  add('AuthorizeRemoteTxRequests', 'false', truth);
  add('ClockAlignedDataInterval', '0', whole);
  add('ConnectionTimeOut', '90', whole);
  add('ConnectorPhaseRotation', 'NotApplicable', never);
  if (showsCost) add('CustomDisplayCostAndPrice', 'true', never);
  add('GetConfigurationMaxKeys', '50', never);
  add('HeartbeatInterval', '300', whole);
  add('LocalAuthorizeOffline', 'true', truth);
  add('LocalPreAuthorize', 'false', truth);
  add('MeterValuesAlignedData', '', measurands);
  add('MeterValuesSampledData', MEASURANDS.join(','), measurands);
  add('MeterValueSampleInterval', String(sampleIntervalS), whole);
  add('NumberOfConnectors', String(connectors), never);
  add('ResetRetries', '1', whole);
  add('StopTransactionOnEVSideDisconnect', 'true', truth);
  add('StopTransactionOnInvalidId', 'true', truth);
  add('StopTxnAlignedData', '', measurands);
  add('StopTxnSampledData', 'Energy.Active.Import.Register,SoC', measurands);
  add('SupportedFeatureProfiles', 'Core,RemoteTrigger', never);
  add('TransactionMessageAttempts', '3', whole);
  add('TransactionMessageRetryInterval', '10', whole);
  add('UnlockConnectorOnEVSideDisconnect', 'true', truth);
  add('WebSocketPingInterval', '0', whole);

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
    report(wanted) {
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
