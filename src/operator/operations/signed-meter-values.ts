/** Extracts signed meter values from a charger's messages, unchanged. */

export interface SignedValue {
  /** As the charger wrote it. */
  readonly timestamp?: string;
  readonly context?: string;
  readonly measurand?: string;
  /** The signed data as the charger sent it, for example OCMF text, hex or base64. */
  readonly data: string;
  readonly method?: string;
  readonly encoding?: string;
  readonly publicKey?: string;
}

type JsonFields = Readonly<Record<string, unknown>>;

/**
 * Returns the signed values in a payload, in the order in which they occur.
 * @param payload The parsed payload of MeterValues, StopTransaction or TransactionEvent.
 * @source OCPP 1.6 §7.49 (`SignedData`); OCPP 2.0.1 part 2, SignedMeterValueType.
 */
export function signedValues(payload: unknown): SignedValue[] {
  if (!isJsonObject(payload)) return [];
  const values = [payload['meterValue'], payload['transactionData']].flatMap(objectsIn);
  return values.flatMap((value) => {
    const timestamp = textField(value, 'timestamp');
    return objectsIn(value['sampledValue']).flatMap((sampled) => {
      const signed = readSignedValue(sampled);
      if (!signed) return [];
      const context = textField(sampled, 'context');
      const measurand = textField(sampled, 'measurand');
      return [
        {
          ...(timestamp !== undefined && { timestamp }),
          ...(context !== undefined && { context }),
          ...(measurand !== undefined && { measurand }),
          ...signed,
        },
      ];
    });
  });
}

function readSignedValue(sampled: JsonFields): SignedValue | undefined {
  const { signedMeterValue } = sampled;
  if (isJsonObject(signedMeterValue)) {
    const data = textField(signedMeterValue, 'signedMeterData');
    const method = textField(signedMeterValue, 'signingMethod');
    const encoding = textField(signedMeterValue, 'encodingMethod');
    const publicKey = textField(signedMeterValue, 'publicKey');
    if (data === undefined) return undefined;
    return {
      data,
      ...(method !== undefined && { method }),
      ...(encoding !== undefined && { encoding }),
      ...(publicKey !== undefined && { publicKey }),
    };
  }
  const data = textField(sampled, 'value');
  return sampled['format'] === 'SignedData' && data !== undefined ? { data } : undefined;
}

function isJsonObject(value: unknown): value is JsonFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a single object as a list of one, because some chargers send it without the list. */
function objectsIn(value: unknown): JsonFields[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter(isJsonObject);
}

function textField(fields: JsonFields, key: string): string | undefined {
  const value = fields[key];
  return typeof value === 'string' ? value : undefined;
}
