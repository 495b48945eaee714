import { describe, expect, it } from 'vitest';
import { importNetwork } from '../../../../../src/operator/network/import-network.js';
import type { ChargePointNames } from '../../../../../src/operator/network/ocpi/location-edits.js';
import { createUpdates } from '../../../../fakes/network-updates.js';

/** Written for this test in the form of OCPI 2.2.1. */
const LOCATION = {
  country_code: 'IN',
  party_id: 'MUL',
  id: 'LOC1',
  publish: true,
  name: 'Müller Hub',
  address: 'Ring 1',
  city: 'Pune',
  postal_code: '411001',
  country: 'IND',
  coordinates: { latitude: '18.5204', longitude: '73.8567' },
  time_zone: 'Asia/Kolkata',
  operator: { name: 'Müller Charging' },
  evses: [
    {
      uid: 'EV-1',
      evse_id: 'IN*MUL*E1',
      status: 'AVAILABLE',
      capabilities: ['REMOTE_START_STOP_CAPABLE'],
      connectors: [
        {
          id: '1',
          standard: 'IEC_62196_T2_COMBO',
          format: 'CABLE',
          power_type: 'DC',
          max_voltage: 500,
          max_amperage: 120,
          tariff_ids: ['T1'],
        },
        {
          id: 'B',
          standard: 'IEC_62196_T2',
          power_type: 'AC_3_PHASE',
          max_voltage: 230,
          max_amperage: 32,
          tariff_ids: ['T2'],
        },
      ],
    },
    {
      uid: 'EV-2',
      status: 'PLANNED',
      connectors: [{ id: '1', standard: 'CHADEMO', power_type: 'DC', max_electric_power: 50_000, tariff_ids: ['T1'] }],
    },
    {
      uid: 'EV-3',
      status: 'AVAILABLE',
      capabilities: ['RFID_READER'],
      connectors: [{ id: '1', standard: 'CHADEMO', power_type: 'DC', max_electric_power: 50_000, tariff_ids: ['T1'] }],
    },
  ],
  last_updated: '2026-01-01T00:00:00Z',
};
const TARIFFS = [
  {
    country_code: 'IN',
    party_id: 'MUL',
    id: 'T1',
    currency: 'INR',
    elements: [{ price_components: [{ type: 'ENERGY', price: 18.5, step_size: 1 }] }],
  },
  {
    country_code: 'IN',
    party_id: 'MUL',
    id: 'T2',
    currency: 'INR',
    min_price: { excl_vat: 10 },
    elements: [
      {
        price_components: [{ type: 'ENERGY', price: 12, vat: 18, step_size: 100 }],
        restrictions: { start_time: '22:00', end_time: '06:00' },
      },
      {
        price_components: [
          { type: 'ENERGY', price: 20 },
          { type: 'PARKING_TIME', price: 60 },
        ],
      },
    ],
  },
];

async function importOcpi(values: readonly unknown[], names: ChargePointNames = 'evse-uid') {
  const made = await createUpdates(undefined);
  const files = values.map((value, index) => ({ name: `${index}.json`, bytes: Buffer.from(JSON.stringify(value)) }));
  const result = await importNetwork(made.updates, {
    files,
    pulled: [],
    isDryRun: false,
    replaces: false,
    names,
    authorship: { by: 'a', reason: 'b', source: 'c' },
  });
  if ('refused' in result) throw new Error(result.refused);
  return { ...made, result };
}

describe('OCPI locations and tariffs', () => {
  it('become stations, charge points, connectors and tariffs', async () => {
    const { updates, result } = await importOcpi([{ status_code: 1000, data: [LOCATION] }, TARIFFS]);
    expect(result.faults).toEqual([]);
    const { tables } = updates.tables();
    expect(tables.provider.get('IN*MUL')?.fields).toEqual({ id: 'IN*MUL', name: 'Müller Charging' });
    expect(tables.station.get('LOC1')).toMatchObject({
      parent: 'IN*MUL',
      fields: { latitude: 18.5204, timeZone: 'Asia/Kolkata', address: 'Ring 1, 411001', city: { name: 'Pune' } },
    });
    expect([...tables['charge-point']].map(([id, { fields }]) => [id, fields['status']])).toEqual([
      ['EV-1', undefined],
      ['EV-2', 'planned'],
      ['EV-3', 'withdrawn'],
    ]);
    expect(tables.connector.get('EV-1/1')?.fields).toMatchObject({ standard: 'CCS2', maxPowerW: 60_000, tariff: 'T1' });
    expect(tables.connector.get('EV-1/2')?.fields).toMatchObject({
      standard: 'Type2',
      powerType: 'AC',
      maxPowerW: 22_080,
      phases: 3,
    });
    expect(tables.tariff.get('T1')?.fields).toEqual({ currency: 'INR', pricePerKwh: 1850 });
    expect(tables.tariff.get('T2')?.fields).toEqual({
      currency: 'INR',
      pricePerKwh: 0,
      minPrice: 1000,
      elements: [
        {
          priceComponents: [{ type: 'ENERGY', price: 1200, stepSize: 100, vatBps: 1800 }],
          restrictions: { startTime: '22:00', endTime: '06:00' },
        },
        {
          priceComponents: [
            { type: 'ENERGY', price: 2000 },
            { type: 'PARKING_TIME', price: 6000 },
          ],
        },
      ],
    });
  });

  it('name their charge points as in a roaming network if asked to', async () => {
    const { updates } = await importOcpi([[LOCATION, ...TARIFFS]], 'ocpi');
    expect([...updates.tables().tables['charge-point'].keys()][0]).toBe('ocpi:IN*MUL:EV-1');
  });

  it('are refused where their prices depend on what we do not charge for', async () => {
    const [plain, other] = TARIFFS;
    const elements = [{ ...plain?.elements[0], restrictions: { min_power: 50 } }];
    const { result } = await importOcpi([[LOCATION, { ...plain, elements }, other]]);
    expect(result.faults).toMatchObject([
      {
        file: '0.json',
        path: 'tariff T1',
        value: '50',
        rule: 'has a price that depends on min_power, which cannot be charged',
      },
    ]);
  });

  it('do not bring back into sale what an operator withdrew', async () => {
    const { updates } = await importOcpi([[LOCATION, ...TARIFFS]]);
    await updates.update(
      ({ tables, ...rest }) => {
        const points = new Map(tables['charge-point']);
        const point = points.get('EV-1');
        if (point) points.set('EV-1', { ...point, fields: { ...point.fields, status: 'withdrawn' } });
        return { tables: { ...rest, tables: { ...tables, 'charge-point': points } } };
      },
      { by: 'a', reason: 'b', source: 'c' },
    );
    const files = [{ name: 'l.json', bytes: Buffer.from(JSON.stringify([LOCATION])) }];
    const authorship = { by: 'a', reason: 'b', source: 'c' };
    await importNetwork(updates, {
      files,
      pulled: [],
      isDryRun: false,
      replaces: false,
      names: 'evse-uid',
      authorship,
    });
    expect(updates.tables().tables['charge-point'].get('EV-1')?.fields['status']).toBe('withdrawn');
  });
});
