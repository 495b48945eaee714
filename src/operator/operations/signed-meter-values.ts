/** Signed meter values in what a charger sent, byte for byte: never converted, never read as a number. */

export interface SignedValue {
  /** As the charger wrote it. */
  readonly timestamp?: string;
  readonly context?: string;
  readonly measurand?: string;
  /** What was signed, and how, in the charger's own words: OCMF text, hex or base64. */
  readonly data: string;
  readonly method?: string;
  readonly encoding?: string;
  readonly publicKey?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * @param payload A MeterValues, a StopTransaction or a TransactionEvent, parsed.
 * @source OCPP 1.6 §7.40 (`format` SignedData); OCPP 2.0.1 part 2 §2.43 (`signedMeterValue`).
 */
export function signedValues(payload: unknown): SignedValue[] {
  if (!isFields(payload)) return [];
  const values = [payload['meterValue'], payload['transactionData']].flatMap(listOf);
  return values.flatMap((value) => {
    const timestamp = textOf(value, 'timestamp');
    return listOf(value['sampledValue']).flatMap((sampled) => {
      const signed = signedOf(sampled);
      if (!signed) return [];
      const context = textOf(sampled, 'context');
      const measurand = textOf(sampled, 'measurand');
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

function signedOf(sampled: Fields): SignedValue | undefined {
  const { signedMeterValue } = sampled;
  if (isFields(signedMeterValue)) {
    const data = textOf(signedMeterValue, 'signedMeterData');
    const method = textOf(signedMeterValue, 'signingMethod');
    const encoding = textOf(signedMeterValue, 'encodingMethod');
    const publicKey = textOf(signedMeterValue, 'publicKey');
    if (data === undefined) return undefined;
    return {
      data,
      ...(method !== undefined && { method }),
      ...(encoding !== undefined && { encoding }),
      ...(publicKey !== undefined && { publicKey }),
    };
  }
  const data = textOf(sampled, 'value');
  return sampled['format'] === 'SignedData' && data !== undefined ? { data } : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One object counts as a list of one: some chargers write it so. */
function listOf(value: unknown): Fields[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter(isFields);
}

function textOf(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  return typeof value === 'string' ? value : undefined;
}
