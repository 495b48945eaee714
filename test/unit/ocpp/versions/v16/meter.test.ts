import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../../src/domain/model/object.js';
import { parseDecimal, readMeterValues } from '../../../../../src/ocpp/versions/v16/meter.js';
import { v16 } from '../../../../../src/ocpp/versions/v16/v16.js';

const NOW = Date.UTC(2026, 0, 1);
const AT = '2022-02-22T10:00:00Z';
const one = (...sampledValue: Json[]) => readMeterValues([{ timestamp: AT, sampledValue }], NOW)[0];

describe('OCPP 1.6 §7.43 sampled values', () => {
  it.each<[string, Json[], object]>([
    ['a missing measurand and unit mean the register in Wh', [{ value: '1500' }], { registerWh: 1500 }],
    ['kWh is multiplied exactly', [{ value: '1.0005', unit: 'kWh' }], { registerWh: 1001 }],
    ['half rounds up', [{ value: '0.5' }], { registerWh: 1 }],
    ['a decimal comma', [{ value: '12,4' }], { registerWh: 12 }],
    ['a bare number', [{ value: 7.6 }], { registerWh: 8 }],
    ['power in kW', [{ value: '7.4', measurand: 'Power.Active.Import', unit: 'kW' }], { powerW: 7400 }],
    [
      'power by phase is summed',
      ['L1', 'L2', 'L3'].map((phase) => ({ value: '100', measurand: 'Power.Active.Import', phase })),
      { powerW: 300 },
    ],
    [
      'voltage by phase is averaged',
      [228, 230, 232].map((v, i) => ({ value: String(v), measurand: 'Voltage', unit: 'V', phase: `L${i + 1}-N` })),
      { voltage: 230 },
    ],
    [
      'current by phase is the greatest',
      [6, 16].map((a, i) => ({ value: String(a), measurand: 'Current.Import', unit: 'A', phase: `L${i + 1}` })),
      { current: 16 },
    ],
    [
      'the total is never added to its phases',
      [{ value: '10', phase: 'L1' }, { value: '30' }, { value: '20', phase: 'L2' }],
      { registerWh: 30 },
    ],
    [
      'the outlet before the inlet',
      [
        { value: '90', location: 'Inlet' },
        { value: '80', location: 'Outlet' },
      ],
      { registerWh: 80 },
    ],
    ['SoC of the EV', [{ value: '55', measurand: 'SoC', unit: 'Percent', location: 'EV' }], { soc: 55 }],
    [
      'the end before the beginning',
      [
        { value: '20', context: 'Transaction.End' },
        { value: '10', context: 'Transaction.Begin' },
      ],
      { registerWh: 20 },
    ],
    [
      'the end before the course of it',
      [{ value: '20', context: 'Transaction.End' }, { value: '19' }],
      { registerWh: 20 },
    ],
    [
      'an interval beside a register',
      [{ value: '20' }, { value: '1.5', measurand: 'Energy.Active.Import.Interval', unit: 'kWh' }],
      { registerWh: 20, intervalWh: 1500 },
    ],
    [
      'the beginning, then the end',
      [
        { value: '10', context: 'Transaction.Begin' },
        { value: '20', context: 'Transaction.End' },
      ],
      { registerWh: 20 },
    ],
    [
      'phases of two contexts are not added',
      [
        { value: '10', phase: 'L1', context: 'Transaction.Begin' },
        { value: '20', phase: 'L1', context: 'Transaction.End' },
      ],
      { registerWh: 20 },
    ],
  ])('%s', (_name, sampled, wanted) => {
    expect(one(...sampled)).toEqual({ at: Date.parse(AT), ...wanted });
  });

  it.each<[string, Json]>([
    ['an empty string', { value: '' }],
    ['words', { value: 'n/a' }],
    ['hexadecimal', { value: '0x10' }],
    ['SignedData', { value: '4711', format: 'SignedData' }],
    ['amperes without a measurand', { value: '2.5', unit: 'A' }],
    ['volts without a measurand', { value: '230', unit: 'V' }],
    ['watts without a measurand', { value: '230', unit: 'W' }],
    ['percent without a measurand', { value: '50', unit: 'Percent' }],
    ['a negative register', { value: '-5' }],
    ['an unused measurand', { value: '5', measurand: 'Energy.Active.Export.Register' }],
    ['SoC above 100', { value: '101', measurand: 'SoC' }],
    ['a line-to-line voltage', { value: '400', measurand: 'Voltage', phase: 'L1-L2' }],
    ['a prototype name for a measurand', { value: '5', measurand: 'constructor' }],
  ])('%s is no measurement', (_name, sampled) => {
    expect(one(sampled)).toBeUndefined();
  });

  it('reads the first seed: 0.01 and 0.02 Wh, and amperes that name no measurand', () => {
    const sampled = (wh: string, a: string) => [
      { value: wh, context: 'Interruption.Begin', unit: 'Wh' },
      { value: a, context: 'Sample.Periodic', unit: 'A' },
    ];
    const values = [
      { timestamp: '2022-02-22T10:00:00Z', sampledValue: sampled('0.01', '2.5') },
      { timestamp: '2022-02-22T10:01:00Z', sampledValue: sampled('0.02', '3.0') },
    ];
    expect(readMeterValues(values, NOW)).toEqual([
      { at: Date.parse('2022-02-22T10:00:00Z'), registerWh: 0 },
      { at: Date.parse('2022-02-22T10:01:00Z'), registerWh: 0 },
    ]);
  });

  it('reads meter values of one time as one sample, whose phases are summed', () => {
    const phases = ['L1', 'L2', 'L3'].map((phase) => ({ timestamp: AT, sampledValue: [{ value: '100', phase }] }));
    const power = { timestamp: AT, sampledValue: [{ value: '7', measurand: 'Power.Active.Import', unit: 'kW' }] };
    const later = { timestamp: '2022-02-22T10:01:00Z', sampledValue: [{ value: '310' }] };
    expect(readMeterValues([...phases, power, later], NOW)).toEqual([
      { at: Date.parse(AT), registerWh: 300, powerW: 7000 },
      { at: Date.parse(AT) + 60_000, registerWh: 310 },
    ]);
  });

  it('reads the last of several registers of one time, but the end of a transaction before its beginning', () => {
    const values = [{ value: '20', context: 'Transaction.End' }, { value: '10', context: 'Transaction.Begin' }, {}];
    expect(
      readMeterValues(
        values.map((value) => ({ timestamp: AT, sampledValue: [value] })),
        NOW,
      ),
    ).toEqual([{ at: Date.parse(AT), registerWh: 20 }]);
    const readings = ['10', '12'].map((value) => ({ timestamp: AT, sampledValue: [{ value }] }));
    expect(readMeterValues(readings, NOW)).toEqual([{ at: Date.parse(AT), registerWh: 12 }]);
  });

  it('carries the connector beside a transaction id, and only there', () => {
    const values = { connectorId: 2, meterValue: [{ timestamp: AT, sampledValue: [{ value: '10' }] }] };
    const sample = { at: Date.parse(AT), registerWh: 10 };
    expect(v16.readMeterSamples({ ...values, transactionId: 7 }, NOW)).toEqual([{ ...sample, connectorId: 2 }]);
    expect(v16.readMeterSamples(values, NOW)).toEqual([sample]);
  });

  it('takes a time without zone for UTC, and an unreadable one for now', () => {
    const values = [
      { timestamp: '2022-02-22T10:00:00', sampledValue: [{ value: '1' }] },
      { timestamp: 'yesterday', sampledValue: { value: '2' } },
    ];
    expect(readMeterValues(values, NOW)).toEqual([
      { at: Date.parse(AT), registerWh: 1 },
      { at: NOW, registerWh: 2 },
    ]);
  });

  it('shifts decimals without error', () => {
    expect(parseDecimal('1.63', 3)).toBe(1630);
    expect(parseDecimal('1e2', 3)).toBe(100_000);
    expect(parseDecimal('1,234.5')).toBeUndefined();
  });
});
