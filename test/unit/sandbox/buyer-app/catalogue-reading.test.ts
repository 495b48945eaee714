import { describe, expect, it } from 'vitest';
import { parseHundredths, readAmount, readConnectors } from '../../../../src/sandbox/buyer-app/catalogue-reading.js';

describe('reading a catalogue', () => {
  it('finds the number in a text', () => {
    expect(['₹ 16.3', '₹18/kWh', '1.63 kWh', 'none'].map(parseHundredths)).toEqual([1_630, 1_800, 163, undefined]);
  });

  it('finds an amount in the minor units of its currency', () => {
    expect([readAmount('₹18/kWh', 'INR'), readAmount('¥18/kWh', 'JPY'), readAmount('KWD 0.018', 'KWD')]).toEqual([
      1_800, 18, 18,
    ]);
    expect([readAmount('-5.00', 'INR'), readAmount('none', 'INR')]).toEqual([-500, 0]);
  });

  it('finds an amount with separators of thousands', () => {
    const texts = ['₹ 1,630.00', '₹1,00,000.5/kWh', '-12,345', '5, or 6'];
    expect(texts.map((text) => readAmount(text, 'INR'))).toEqual([163_000, 10_000_050, -1_234_500, 500]);
  });

  it('finds no amount in other separators, or with too many decimals', () => {
    const texts = ['40,00', '1.630,00', '1,63,0.00', '₹ 16.304'];
    expect(texts.map((text) => readAmount(text, 'INR'))).toEqual([0, 0, 0, 0]);
  });

  it('finds the charge point and the station above each connector', () => {
    const catalogue = {
      providers: [
        {
          id: 'acme',
          descriptor: { name: 'Acme' },
          items: [
            { id: 'st-1', category_ids: ['charging-station'], descriptor: { name: 'Hub' } },
            { id: 'cp-7', parent_item_id: 'st-1', category_ids: ['charge-point'], descriptor: { name: 'Bay 1' } },
            { id: 'cp-7-1', parent_item_id: 'cp-7', category_ids: ['connector'], descriptor: { code: 'CCS2' } },
          ],
        },
      ],
    };
    expect(readConnectors(catalogue)).toMatchObject([
      { providerId: 'acme', stationName: 'Hub', chargePointId: 'cp-7', connectorId: 'cp-7-1', standard: 'CCS2' },
    ]);
    expect(readConnectors(undefined)).toEqual([]);
  });
});
