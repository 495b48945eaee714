/** OCPP 2.x sampled values: numbers with a unit and a power of ten. What they mean is as in 1.6. */
import type { MeterSample } from '../../../domain/model/command.js';
import type { Json } from '../../../domain/model/object.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { readMeterValues } from '../v16/meter.js';

/**
 * The samples of a MeterValues or a TransactionEvent.
 * @unit   Wh rounded half up, W, V, A, percent; the value is multiplied by 10^multiplier.
 * @shape  `context` keeps only the values of one context, such as `Transaction.Begin`.
 * @errors None; what cannot be read counts as not measured.
 * @source OCPP 2.0.1 part 2, SampledValueType, UnitOfMeasureType
 */
export function readSamples(values: Json | undefined, now: number, context?: string): MeterSample[] {
  if (!isList(values)) return [];
  return readMeterValues(
    values.map((value) => (isPayload(value) ? flattenMeterValue(value, context) : value)),
    now,
  );
}

/** The register of one context. */
export function readRegister(values: Json | undefined, context: string): number | undefined {
  return readSamples(values, 0, context).find(({ registerWh }) => registerWh !== undefined)?.registerWh;
}

function flattenMeterValue(meterValue: Payload, context: string | undefined): Payload {
  const { sampledValue } = meterValue;
  const list = isList(sampledValue) ? sampledValue : sampledValue === undefined ? [] : [sampledValue];
  const kept = list.flatMap((value) =>
    isPayload(value) && hasContext(value, context) ? [flattenSampledValue(value)] : [],
  );
  return { ...meterValue, sampledValue: kept };
}

function hasContext(value: Payload, context: string | undefined): boolean {
  return context === undefined || value['context'] === context;
}

function flattenSampledValue(sampled: Payload): Payload {
  const unit = sampled['unitOfMeasure'];
  if (unit === undefined || !isPayload(unit)) return sampled;
  const { multiplier } = unit;
  const { value } = sampled;
  const shifted = typeof multiplier === 'number' && multiplier !== 0 && typeof value === 'number';
  return {
    ...sampled,
    ...(unit['unit'] !== undefined && { unit: unit['unit'] }),
    // In decimal, as text: 1.1 × 10³ is 1100, and no float in between makes it another.
    ...(shifted && { value: shiftDecimal(value, multiplier) }),
  };
}

function shiftDecimal(value: number, multiplier: number): string {
  const [digits = '0', exponent = '0'] = String(value).split('e');
  return `${digits}e${Number(exponent) + multiplier}`;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
