/** Our OCPP 1.6 schemas accept and reject the same payloads as the published ones. */
import { describe, expect, it } from 'vitest';
import { ocppCheck } from '../../src/schema/validators.js';
import { compareVersion, ocppRpc, published } from './ocpp-verdicts.js';

compareVersion('1.6', [ocppRpc('ocpp1_6'), published('1.6', ''), published('1.6-security', '')]);

describe('OCPP 1.6 schemas', () => {
  it.each(['Celsius', 'Celcius'])('accept the temperature unit %s', (unit) => {
    const meterValue = [
      { timestamp: '2026-01-01T00:00:00Z', sampledValue: [{ value: '31', measurand: 'Temperature', unit }] },
    ];
    const stop = { transactionId: 1, meterStop: 2, timestamp: '2026-01-01T00:00:00Z', transactionData: meterValue };
    expect(ocppCheck('1.6', 'MeterValues', 'request')?.({ connectorId: 1, meterValue })).toBeUndefined();
    expect(ocppCheck('1.6', 'StopTransaction', 'request')?.(stop)).toBeUndefined();
  });

  it.each([
    [21.4, true],
    [0.3, true],
    [21.45, false],
  ])('judge a limit of %d as a multiple of 0.1: %s', (limit, fits) => {
    const chargingSchedule = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit }] };
    const violation = ocppCheck('1.6', 'GetCompositeSchedule', 'response')?.({ status: 'Accepted', chargingSchedule });
    expect(violation === undefined).toBe(fits);
  });
});
