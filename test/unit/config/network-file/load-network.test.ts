import { describe, expect, it } from 'vitest';
import { loadNetwork, readNetwork } from '../../../../src/config/network-file/load-network.js';
import { configTable } from '../../../../src/config/loading/settings-table.js';

const connector = {
  connectorId: 1,
  standard: 'CCS2',
  powerType: 'DC',
  maxPowerW: 60_000,
  tariff: 'day',
  options: { energy: 50_000 },
};

function file(over: { connectors?: unknown[]; tariffs?: unknown; points?: unknown[] } = {}): unknown {
  return {
    name: 'Test',
    tariffs: over.tariffs ?? { day: { currency: 'INR', pricePerKwh: 1800 } },
    providers: [
      {
        id: 'cpo',
        name: 'CPO',
        stations: [
          {
            id: 's1',
            name: 'Station',
            latitude: 12.9,
            longitude: 77.6,
            address: 'Road 1',
            city: { code: 'std:080', name: 'Bengaluru' },
            country: { code: 'IN', name: 'India' },
            chargePoints: over.points ?? [{ id: 'CP1', connectors: over.connectors ?? [connector] }],
          },
        ],
      },
    ],
  };
}

function problems(value: unknown): readonly string[] {
  const read = readNetwork(value);
  return 'problems' in read ? read.problems : [];
}

describe('readNetwork', () => {
  it('works the conveniences out', () => {
    const read = readNetwork(file());
    if ('problems' in read) throw new Error(read.problems.join('\n'));
    const point = read.network.providers[0]?.stations[0]?.chargePoints[0];
    expect(point).toMatchObject({ id: 'CP1', itemId: 'CP1', name: 'CP1', code: 'CP1' });
    expect(point?.connectors[0]).toMatchObject({
      itemId: 'CP1-1',
      name: 'CCS2 60 kW',
      tariff: { id: 'day', currency: 'INR', pricePerKwh: 1800, serviceFee: 0, taxes: [] },
    });
  });

  it('takes a tariff where it stands', () => {
    const tariff = {
      id: 'own',
      currency: 'INR',
      pricePerKwh: 1,
      serviceFee: 500,
      taxes: [{ name: 'GST', rateBps: 1800, on: ['energy'] }],
    };
    const read = readNetwork(file({ connectors: [{ ...connector, tariff }] }));
    expect('network' in read && read.network.providers[0]?.stations[0]?.chargePoints[0]?.connectors[0]?.tariff).toEqual(
      tariff,
    );
  });

  it('names a tariff that is nowhere, also one that every object has', () => {
    expect(problems(file({ connectors: [{ ...connector, tariff: 'night' }] }))).toEqual([
      'connector CP1/1: tariff "night" is not in tariffs',
    ]);
    expect(problems(file({ connectors: [{ ...connector, tariff: 'toString' }] }))).toHaveLength(1);
  });

  it('takes a tariff with elements, tells its times in the station’s zone, and makes it once for all who name it', () => {
    const night = {
      currency: 'INR',
      pricePerKwh: 1800,
      minPrice: 100,
      elements: [
        { priceComponents: [{ type: 'ENERGY', price: 900, stepSize: 10 }], restrictions: { startTime: '22:00' } },
      ],
      offers: [{ code: 'NEW', title: 'New', percentBps: 1000, until: '2026-12-31T00:00:00+05:30' }],
      taxes: [{ name: 'GST', rateBps: 1800, on: ['energy', 'parking'], split: ['CGST', 'SGST'] }],
    };
    const two = [connector, { ...connector, connectorId: 2 }];
    const value = file({ tariffs: { day: night }, connectors: two }) as {
      providers: { stations: { timeZone?: string }[] }[];
    };
    expect(problems(value)).toEqual(['station "s1": timeZone is missing; the times of tariff "day" refer to it']);
    value.providers[0]!.stations[0]!.timeZone = 'Asia/Kolkata';
    const read = readNetwork(value);
    if ('problems' in read) throw new Error(read.problems.join('\n'));
    const [first, second] = read.network.providers[0]!.stations[0]!.chargePoints[0]!.connectors;
    expect(first!.tariff).toMatchObject({
      timeZone: 'Asia/Kolkata',
      offers: [{ code: 'NEW', until: Date.UTC(2026, 11, 30, 18, 30) }],
    });
    expect(second!.tariff).toBe(first!.tariff);
    value.providers[0]!.stations[0]!.timeZone = 'Asia/Nowhere';
    expect(problems(value)).toEqual(['station "s1": "Asia/Nowhere" is not a known time zone, such as Asia/Kolkata']);
  });

  it('names what a tariff contradicts itself in', () => {
    const energy = { type: 'ENERGY', price: 1, vatBps: 1900 };
    const day = {
      currency: 'INR',
      pricePerKwh: 1800,
      minPrice: 2,
      maxPrice: 1,
      taxes: [{ name: 'GST', rateBps: 1800, on: ['energy'] }],
      offers: [{ code: 'X', title: 'X', amount: 1, from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' }],
      elements: [
        { priceComponents: [energy, energy] },
        { priceComponents: [{ type: 'FLAT', price: 1 }], restrictions: { minKwh: 5, maxKwh: 5 } },
      ],
    };
    expect(problems(file({ tariffs: { day } }))).toEqual([
      'tariff "day": minPrice is above maxPrice',
      'tariff "day": offer "X" ends before it begins',
      'tariff "day": elements.0 prices one kind twice',
      'tariff "day": elements.0: ENERGY is taxed twice, by vatBps and by taxes',
      'tariff "day": elements.1: its restrictions never hold',
    ]);
  });

  it('names ids that stand twice', () => {
    expect(problems(file({ connectors: [connector, connector] }))).toEqual([
      'item id "CP1-1": occurs more than once; it must be unique in the network',
      'connector "CP1/1": occurs more than once; it must be unique in the network',
    ]);
  });

  it('names place, value and rule', () => {
    const found = problems(
      file({ points: [{ id: 'a/b', connectors: [{ ...connector, maxPowerW: 7.4, options: {} }] }] }),
    );
    expect(found).toHaveLength(3);
    expect(found.join('\n')).toMatch(/providers\.0\.stations\.0\.chargePoints\.0\.id: "a\/b" must match/);
    expect(found.join('\n')).toMatch(/maxPowerW: 7\.4 must be integer \(Rated power, W\.\)/);
  });

  it('reads the network that ships', () => {
    const read = loadNetwork(new URL('../../../../config/network.demo.json', import.meta.url).pathname);
    expect('problems' in read ? read.problems : []).toEqual([]);
  });
});

describe('configTable', () => {
  it('has a row for every setting, with default and choices', () => {
    const table = configTable();
    expect(table).toContain('| `listen.beckn.port` | `8080` | TCP port for buyer apps; 0 takes any free port. |');
    expect(table).toContain('| `subscriber.id` | **required** |');
    expect(table).toContain('| `ocpp.chargePoints.<id>.passwordEnv` |');
    expect(table).toMatch(/`mode` \| `"production"` .* One of `sandbox`, `production`\. \|/);
  });
});
