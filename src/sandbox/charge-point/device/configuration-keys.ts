/** Keeps the configuration keys of a simulated charge point and checks changes to them. @source OCPP 1.6 §9. */

interface ConfigurationKey {
  readonly value: string;
  readonly kind: ValueKind;
}

/** `fixed` keys are read-only. */
type ValueKind = 'boolean' | 'integer' | 'measurands' | 'fixed';

export type ChangeStatus = 'Accepted' | 'Rejected' | 'NotSupported';

export interface ConfigurationKeysOptions {
  readonly connectorCount: number;
  readonly sampleIntervalS: number;
  /** Adds `CustomDisplayCostAndPrice`. */
  readonly displaysCost: boolean;
}

const MEASURANDS = ['Energy.Active.Import.Register', 'Power.Active.Import', 'SoC', 'Voltage', 'Current.Import'];

function isValid(kind: ValueKind, value: string): boolean {
  switch (kind) {
    case 'boolean':
      return /^(true|false)$/i.test(value);
    case 'integer':
      return /^\d{1,9}$/.test(value);
    case 'measurands':
      return value === '' || value.split(',').every((part) => MEASURANDS.includes(part.trim()));
    case 'fixed':
      return false;
  }
}

function initialKeys({ connectorCount, sampleIntervalS, displaysCost }: ConfigurationKeysOptions) {
  const keys: [key: string, value: string, kind: ValueKind][] = [
    ['AuthorizeRemoteTxRequests', 'false', 'boolean'],
    ['ClockAlignedDataInterval', '0', 'integer'],
    ['ConnectionTimeOut', '90', 'integer'],
    ['ConnectorPhaseRotation', 'NotApplicable', 'fixed'],
    ...(displaysCost ? [['CustomDisplayCostAndPrice', 'true', 'fixed'] as [string, string, ValueKind]] : []),
    ['GetConfigurationMaxKeys', '50', 'fixed'],
    ['HeartbeatInterval', '300', 'integer'],
    ['LocalAuthorizeOffline', 'true', 'boolean'],
    ['LocalPreAuthorize', 'false', 'boolean'],
    ['MeterValuesAlignedData', '', 'measurands'],
    ['MeterValuesSampledData', MEASURANDS.join(','), 'measurands'],
    ['MeterValueSampleInterval', String(sampleIntervalS), 'integer'],
    ['NumberOfConnectors', String(connectorCount), 'fixed'],
    ['ResetRetries', '1', 'integer'],
    ['StopTransactionOnEVSideDisconnect', 'true', 'boolean'],
    ['StopTransactionOnInvalidId', 'true', 'boolean'],
    ['StopTxnAlignedData', '', 'measurands'],
    ['StopTxnSampledData', 'Energy.Active.Import.Register,SoC', 'measurands'],
    ['SupportedFeatureProfiles', 'Core,RemoteTrigger', 'fixed'],
    ['TransactionMessageAttempts', '3', 'integer'],
    ['TransactionMessageRetryInterval', '10', 'integer'],
    ['UnlockConnectorOnEVSideDisconnect', 'true', 'boolean'],
    ['WebSocketPingInterval', '0', 'integer'],
  ];
  return new Map<string, ConfigurationKey>(keys.map(([key, value, kind]) => [key, { value, kind }]));
}

export class ConfigurationKeys {
  readonly #keys: Map<string, ConfigurationKey>;

  constructor(options: ConfigurationKeysOptions) {
    this.#keys = initialKeys(options);
  }

  /** Returns the value of an integer key; 0 if the key is unknown. */
  number(key: string): number {
    return Number(this.#text(key));
  }

  flag(key: string): boolean {
    return this.#text(key).toLowerCase() === 'true';
  }

  list(key: string): string[] {
    return this.#text(key)
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  }

  change(key: string, value: string): ChangeStatus {
    const current = this.#keys.get(key);
    if (!current) return 'NotSupported';
    if (!isValid(current.kind, value)) return 'Rejected';
    this.#keys.set(key, { ...current, value });
    return 'Accepted';
  }

  /** Builds the answer to GetConfiguration for the requested keys, or for all keys if none are requested. */
  getConfiguration(requestedKeys: readonly string[] = []): {
    configurationKey: { key: string; readonly: boolean; value: string }[];
    unknownKey: string[];
  } {
    const keys = requestedKeys.length > 0 ? requestedKeys : [...this.#keys.keys()];
    return {
      configurationKey: keys.flatMap((key) => {
        const entry = this.#keys.get(key);
        return entry ? [{ key, readonly: entry.kind === 'fixed', value: entry.value }] : [];
      }),
      unknownKey: keys.filter((key) => !this.#keys.has(key)),
    };
  }

  #text(key: string): string {
    return this.#keys.get(key)?.value ?? '';
  }
}
