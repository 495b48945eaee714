/** Reads OCPP 2.x sampled values by converting them to their 1.6 form. */
import type { MeterSample } from '../../../domain/model/command.js';
import type { Json } from '../../../domain/model/object.js';
import { isList, isPayload, type Payload } from '../../frames/payload.js';
import { readMeterValues } from '../v16/meter.js';

/**
 * Reads the samples of a MeterValues or TransactionEvent message.
 * @unit   Wh rounded half up, W, V, A, percent; the value is multiplied by 10^multiplier.
 * @shape  `context` selects the values of one reading context, such as `Transaction.Begin`.
 * @errors None; an unreadable value counts as absent.
 * @source OCPP 2.0.1 part 2, SampledValueType, UnitOfMeasureType
 */
export function readSamples(values: Json | undefined, now: number, context?: string): MeterSample[] {
  if (!isList(values)) return [];
  return readMeterValues(
    values.map((value) => (isPayload(value) ? flattenMeterValue(value, context) : value)),
    now,
  );
}

/** Returns the energy register in one reading context, Wh; `undefined` if there is none. */
export function readRegister(values: Json | undefined, context: string): number | undefined {
  return readSamples(values, 0, context).find(({ registerWh }) => registerWh !== undefined)?.registerWh;
}

/** Converts a meter value to its 1.6 form; if `context` is given, only the values with this reading context. */
function flattenMeterValue(meterValue: Payload, context: string | undefined): Payload {
  const { sampledValue } = meterValue;
  const list = isList(sampledValue) ? sampledValue : sampledValue === undefined ? [] : [sampledValue];
  const flat = list
    .filter(isPayload)
    .filter((sampled) => context === undefined || sampled['context'] === context)
    .map(flattenSampledValue);
  return { ...meterValue, sampledValue: flat };
}

function flattenSampledValue(sampled: Payload): Payload {
  const { value, unitOfMeasure } = sampled;
  if (!isPayload(unitOfMeasure)) return sampled;
  const { unit, multiplier } = unitOfMeasure;
  const isScaled = typeof multiplier === 'number' && multiplier !== 0 && typeof value === 'number';
  return {
    ...sampled,
    ...(unit !== undefined && { unit }),
    // The value becomes decimal text, so that 1.1 × 10³ is exactly 1100.
    ...(isScaled && { value: shiftDecimal(value, multiplier) }),
  };
}

function shiftDecimal(value: number, exponent: number): string {
  const [digits = '0', ownExponent = '0'] = String(value).split('e');
  return `${digits}e${Number(ownExponent) + exponent}`;
}
