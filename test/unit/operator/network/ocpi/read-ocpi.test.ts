import { describe, expect, it } from 'vitest';
import type { NetworkUpdates } from '../../../../../src/bridge/network/network-updates.js';
import { importNetwork, type ImportResult } from '../../../../../src/operator/network/import-network.js';
import type { ImportFile } from '../../../../../src/operator/network/read-import.js';
import type { ChargePointNames } from '../../../../../src/operator/network/ocpi/location-edits.js';
import { createUpdates } from '../../../../fakes/network-updates.js';

/** A location in the format of OCPI 2.2.1, written for this test. */
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
  return { ...made, result: await importFiles(made.updates, files, names) };
}

async function importFiles(
  updates: NetworkUpdates,
  files: readonly ImportFile[],
  names: ChargePointNames = 'evse-uid',
): Promise<Exclude<ImportResult, { refused: string }>> {
  const authorship = { by: 'a', reason: 'b', source: 'c' };
  const request = { files, pulled: [], isDryRun: false, replaces: false, names, authorship };
  const result = await importNetwork(updates, request);
  if ('refused' in result) throw new Error(result.refused);
  return result;
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

  describe('lose nothing that has a price', () => {
    const tariffOf = (fields: object): object => ({ ...TARIFFS[0], ...fields });
    const component = (fields: object): object =>
      tariffOf({ elements: [{ price_components: [{ type: 'ENERGY', price: 18.5, ...fields }] }] });
    const restricted = (restrictions: unknown): object =>
      tariffOf({ elements: [{ price_components: [{ type: 'ENERGY', price: 18.5 }], restrictions }] });
    /** The time of the test network. */
    const NOW = '2027-01-15T08:00:00Z';

    it.each<[string, object]>([
      ['has a price of ENERGY with more decimal places than INR has (2)', component({ price: 0.1875 })],
      ['needs a number from 0 as its price of ENERGY', component({ price: 'free' })],
      ['needs a number from 0 as its price of ENERGY', component({ price: undefined })],
      ['needs a number from 0 as its price of ENERGY', component({ price: -1 })],
      ['needs a number from 0 as its price of ENERGY', component({ price: '1e3' })],
      ['needs a number from 0 as its price of ENERGY', component({ price: 1e300 })],
      ['has a price of ENERGY that is too large', component({ price: 9e15 })],
      ['needs an integer from 0 as its step_size', component({ step_size: 'kWh' })],
      ['needs an integer from 0 as its step_size', component({ step_size: 1e300 })],
      ['needs an integer from 0 as its step_size', component({ step_size: 0.5 })],
      ['needs a percentage with at most two decimal places as its vat', component({ vat: 'incl' })],
      ['needs a percentage with at most two decimal places as its vat', component({ vat: 18.125 })],
      ['has a price that depends on max_soc, which cannot be charged', restricted({ max_soc: 80 })],
      ['has an unreadable max_kwh', restricted({ max_kwh: 'ten' })],
      ['has an unreadable day_of_week', restricted({ day_of_week: 'MONDAY' })],
      ['has restrictions that are no object', restricted(['MONDAY'])],
      ['has no price', tariffOf({ elements: [] })],
      ['needs a list of objects as its elements', tariffOf({ elements: [TARIFFS[0]?.elements[0], null] })],
      [
        'has two prices of one type in an element',
        tariffOf({
          elements: [
            {
              price_components: [
                { type: 'TIME', price: 1 },
                { type: 'TIME', price: 2 },
              ],
            },
          ],
        }),
      ],
      ['has a min_price without an amount before taxes', tariffOf({ min_price: { incl_vat: 12 } })],
      ['has a max_price without an amount before taxes', tariffOf({ max_price: 50 })],
      ['needs a number from 0 as its max_price', tariffOf({ max_price: { before_taxes: 'much' } })],
      ['has prices that include taxes, and ours are before taxes', tariffOf({ tax_included: 'YES' })],
      ['is not valid yet; import it after its start', tariffOf({ start_date_time: '2027-02-01T00:00:00' })],
      ['is not valid any more', tariffOf({ end_date_time: '2027-01-15T08:00:00' })],
      ['needs a date and time as its end_date_time', tariffOf({ end_date_time: 'soon' })],
      ['needs a date and time as its end_date_time', tariffOf({ end_date_time: '2028-02-30T00:00:00' })],
    ])('%s', async (rule, tariff) => {
      const { result } = await importOcpi([[LOCATION, tariff, TARIFFS[1]]]);
      expect(result.faults.filter(({ path }) => path === 'tariff T1').map((fault) => fault.rule)).toContain(rule);
      expect(result.version).toBeUndefined();
    });

    it('and keep the step size of a single price for energy', async () => {
      const { updates, result } = await importOcpi([[LOCATION, component({ step_size: 1000 }), TARIFFS[1]]]);
      expect(result.faults).toEqual([]);
      expect(updates.tables().tables.tariff.get('T1')?.fields).toEqual({
        currency: 'INR',
        pricePerKwh: 0,
        elements: [{ priceComponents: [{ type: 'ENERGY', price: 1850, stepSize: 1000 }] }],
      });
    });

    it.each<[string, object]>([
      ['a price that binary cannot hold', component({ price: 0.29 })],
      ['a price in text', component({ price: '18.50' })],
      ['a null restriction', restricted({ max_soc: null })],
      ['a step size of zero', component({ step_size: 0 })],
      ['a start in the past', tariffOf({ start_date_time: NOW, tax_included: 'NO' })],
    ])('and take %s', async (_name, tariff) => {
      expect((await importOcpi([[LOCATION, tariff, TARIFFS[1]]])).result.faults).toEqual([]);
    });

    it('and warn of an end, and of further tariffs of a connector', async () => {
      const tariff = tariffOf({ end_date_time: '2028-01-01T00:00:00Z' });
      const [evse] = LOCATION.evses;
      const connectors = [{ ...evse?.connectors[0], tariff_ids: ['T1', 'T2'] }];
      const { result } = await importOcpi([[{ ...LOCATION, evses: [{ ...evse, connectors }] }, tariff, TARIFFS[1]]]);
      expect([result.faults, result.files[0]?.warnings]).toEqual([
        [],
        [
          'tariff T1 ends at 2028-01-01T00:00:00Z, and is sold until another import changes it',
          'connector 1 of EV-1 is sold at tariff T1, and not at T2',
        ],
      ]);
    });
  });

  it('leave alone what a person set and they do not state, also when they are read again', async () => {
    const { updates } = await importOcpi([[LOCATION, ...TARIFFS]]);
    const byHand = {
      tariffs: 'tariff_id,service_fee\nT1,5\n',
      stations: 'station_id,city_code,time_zone\nLOC1,std:020,Asia/Colombo\n',
      connectors:
        'charge_point_id,connector_id,max_power_kw,max_energy_kwh\nEV-1,1,55,40\nEV-2,1,30,40\nEV-1,2,11,40\n',
    };
    const edited = await importFiles(
      updates,
      Object.entries(byHand).map(([kind, text]) => ({ name: `${kind}.csv`, bytes: Buffer.from(text) })),
    );
    expect(edited.faults).toEqual([]);
    const { time_zone: _, ...silent } = LOCATION;
    const next = { ...silent, name: 'New name', evses: LOCATION.evses.slice(0, 2) };
    const pulled = await importFiles(updates, [
      { name: 'l.json', bytes: Buffer.from(JSON.stringify([next, ...TARIFFS])) },
    ]);
    expect(pulled.faults).toEqual([]);
    const { tables } = updates.tables();
    expect(tables.station.get('LOC1')?.fields).toMatchObject({
      name: 'New name',
      timeZone: 'Asia/Colombo',
      city: { code: 'std:020', name: 'Pune' },
    });
    const limits = (key: string): unknown => {
      const { maxPowerW, options } = tables.connector.get(key)?.fields ?? {};
      return [maxPowerW, options];
    };
    // Volts and amperes bound the power of EV-1; of EV-2 the source states it.
    expect(limits('EV-1/1')).toEqual([55_000, { energy: 40_000, time: 43_200 }]);
    expect(limits('EV-1/2')).toEqual([11_000, { energy: 40_000, time: 43_200 }]);
    expect(limits('EV-2/1')).toEqual([50_000, { energy: 40_000, time: 43_200 }]);
    expect(tables.tariff.get('T1')?.fields).toMatchObject({ pricePerKwh: 1850, serviceFee: 500 });
  });

  describe('that are out of sale there', () => {
    const [point, planned, other] = LOCATION.evses;
    const stating = (
      status: string,
      capabilities: readonly string[] | null | undefined = point!.capabilities,
      publish = true,
    ): ImportFile => ({
      name: 'l.json',
      bytes: Buffer.from(
        JSON.stringify([{ ...LOCATION, publish, evses: [{ ...point, status, capabilities }, planned, other] }]),
      ),
    });
    const csv = (status: string): ImportFile => ({
      name: 'c.csv',
      bytes: Buffer.from(`charge_point_id,status\nEV-1,${status}\n`),
    });
    const byHand = (fields: { readonly [name: string]: string | undefined }) => (updates: NetworkUpdates) =>
      updates.update(
        ({ tables, ...rest }) => {
          const points = new Map(tables['charge-point']);
          const { fields: before, ...entry } = points.get('EV-1')!;
          const after = Object.entries({ ...before, ...fields }).filter(([, value]) => value !== undefined);
          points.set('EV-1', { ...entry, fields: Object.fromEntries(after) as typeof before });
          return { tables: { ...rest, tables: { ...tables, 'charge-point': points } } };
        },
        { by: 'a', reason: 'b', source: 'c' },
      );
    type Step = ImportFile | ReturnType<typeof byHand>;
    const statusAfter = async (...steps: readonly Step[]): Promise<unknown> => {
      const { updates } = await importOcpi([[LOCATION, ...TARIFFS]]);
      for (const step of steps) {
        if (typeof step === 'function') await step(updates);
        else expect((await importFiles(updates, [step])).faults).toEqual([]);
      }
      return updates.tables().tables['charge-point'].get('EV-1')?.fields['status'];
    };
    const [removed, back, unstartable] = [stating('REMOVED'), stating('AVAILABLE'), stating('AVAILABLE', ['RFID'])];
    const [hidden, unstated] = [stating('AVAILABLE', undefined, false), stating('AVAILABLE', null)];
    const withdrawn = byHand({ status: 'withdrawn', withdrawnBy: undefined });

    it.each<[string, unknown, readonly Step[]]>([
      ['are those whose list has no remote start', 'withdrawn', [unstartable]],
      ['are withdrawn', 'withdrawn', [removed]],
      ['are withdrawn with a location that is not to be published', 'withdrawn', [hidden]],
      ['come back when their location is published again', undefined, [hidden, back]],
      ['stay for sale if their capabilities are null', undefined, [unstated]],
      ['come back when OCPI has them back', undefined, [removed, back]],
      ['come back when they can be started remotely', undefined, [unstartable, back]],
      ['come back as planned', 'planned', [removed, stating('PLANNED')]],
      ['stay away if an operator withdrew them', 'withdrawn', [withdrawn, back]],
      ['stay away if an operator withdrew them first', 'withdrawn', [withdrawn, removed, back]],
      ['stay away if an operator withdrew them too', 'withdrawn', [removed, withdrawn, back]],
      ['stay away if a file withdrew them', 'withdrawn', [csv('withdrawn'), back]],
      ['stay away if a file withdrew them later', 'withdrawn', [removed, csv('planned'), csv('withdrawn'), back]],
      ['come back after a file that repeats what OCPI said', undefined, [removed, csv('withdrawn'), back]],
    ])('%s', async (_, status, steps) => {
      expect(await statusAfter(...steps)).toBe(status);
    });
  });

  it.each<[string, unknown, object]>([
    ['a location without coordinates', { ...LOCATION, id: 'LOC2', coordinates: undefined }, { value: 'LOC2' }],
    ['a tariff without elements', { ...TARIFFS[0], id: 'T9', elements: undefined }, { value: 'T9' }],
    ['null', null, { value: 'null' }],
    ['EVSEs that are no list', { ...LOCATION, evses: { uid: 'EV-1' } }, { path: 'location LOC1' }],
    ['an EVSE that is null', { ...LOCATION, evses: [null] }, { path: 'location LOC1' }],
    ['connectors that are no list', { ...LOCATION, evses: [{ uid: 'EV-9', connectors: 'x' }] }, { path: 'EVSE EV-9' }],
    [
      'an EVSE without connectors',
      { ...LOCATION, evses: [{ uid: 'EV-9' }] },
      { path: 'EVSE EV-9 at LOC1 of IN*MUL', rule: expect.stringContaining('connectors') as string },
    ],
    ['a currency in lower case', { ...TARIFFS[0], id: 'T9', currency: 'inr' }, { path: 'tariff T9 of IN*MUL' }],
  ])('are not left out without a word: %s', async (_, object, fault) => {
    const { result } = await importOcpi([[...TARIFFS, object]]);
    expect(result.faults).toContainEqual(expect.objectContaining({ file: '0.json', ...fault }));
    expect(result.version).toBeUndefined();
  });

  describe('of which two would become one entry are refused:', () => {
    const [evse] = LOCATION.evses;
    const [connector] = evse!.connectors;
    const withIds = (...ids: readonly (string | undefined)[]) => ({
      ...LOCATION,
      evses: [{ ...evse, connectors: ids.map((id) => ({ ...connector, id })) }],
    });
    const stranger = { ...LOCATION, party_id: 'OTH' };

    it.each<[string, unknown[], string, string]>([
      ['a name and a number', [withIds('A', '1')], 'connector EV-1/1', 'connector "A" of EVSE EV-1 at LOC1 of IN*MUL'],
      ['a number and a name', [withIds('2', 'B')], 'connector EV-1/2', 'connector "2" of EVSE EV-1 at LOC1 of IN*MUL'],
      ['a number twice', [withIds('1', '1')], 'connector EV-1/1', 'connector "1" of EVSE EV-1 at LOC1 of IN*MUL'],
      ['numbers that are written otherwise', [withIds('1', '01')], 'connector EV-1/1', 'connector "1" of EVSE EV-1'],
      ['stations of two parties', [LOCATION, { ...stranger, evses: [] }], 'station LOC1', 'location LOC1 of IN*MUL'],
      [
        'charge points of two parties',
        [LOCATION, { ...stranger, id: 'LOC2' }],
        'charge point EV-1',
        'EVSE EV-1 at LOC1 of IN*MUL',
      ],
      ['an EVSE at two locations', [LOCATION, { ...LOCATION, id: 'LOC2' }], 'charge point EV-1', 'EVSE EV-1 at LOC1'],
      ['tariffs of two parties', [{ ...TARIFFS[0], party_id: 'OTH' }], 'tariff T1', 'tariff T1 of IN*OTH'],
    ])('%s', async (_, objects, entry, first) => {
      for (const files of [[[...objects, ...TARIFFS]], [...objects.map((one) => [one]), TARIFFS]]) {
        const { result } = await importOcpi(files);
        expect(result.faults.map(({ rule }) => rule)).toContainEqual(
          expect.stringMatching(new RegExp(`^becomes the ${entry}, and so does ${first.replaceAll('*', '\\*')}`)),
        );
        expect(result.version).toBeUndefined();
      }
    });

    it('but not an object that is read twice, nor names beside numbers that fit', async () => {
      expect((await importOcpi([[LOCATION, LOCATION, ...TARIFFS], TARIFFS])).result.faults).toEqual([]);
      const { updates, result } = await importOcpi([[withIds('A', '2', undefined), ...TARIFFS]]);
      expect([result.faults, [...updates.tables().tables.connector.keys()]]).toEqual([
        [],
        ['EV-1/1', 'EV-1/2', 'EV-1/3'],
      ]);
    });

    it('two parties have their charge points beside each other under their roaming names', async () => {
      const { result } = await importOcpi([[LOCATION, { ...stranger, id: 'LOC2' }, ...TARIFFS]], 'ocpi');
      expect(result.faults).toEqual([]);
    });
  });
});
