/** The energy of an order is stated once, at any of its items, in each dialect that states it there. */
import { describe, expect, it } from 'vitest';
import { ueiEvCharging } from '../../../../src/beckn/dialects/ev-charging/uei-ev-charging.js';
import { lts } from '../../../../src/beckn/dialects/lts/index.js';
import { ubc } from '../../../../src/beckn/dialects/ubc/index.js';
import { PEER } from '../samples.js';

type Item = readonly [id: string, kwh?: number];

const select = (dialect: typeof lts, message: object): unknown => dialect.read('select', {}, message as never, PEER);
const READERS: readonly (readonly [string, (items: readonly Item[]) => unknown])[] = [
  [
    'ev-charging',
    (items) => {
      const measured = items.map(([id, kwh]) => ({
        id,
        quantity: { selected: { measure: { value: kwh, unit: 'kWh' } } },
      }));
      return select(ueiEvCharging, { order: { items: measured } });
    },
  ],
  [
    'UBC',
    (items) => {
      const orderItems = items.map(([id, kwh]) => ({
        'beckn:orderedItem': id,
        'beckn:quantity': { unitQuantity: kwh, unitCode: 'KWH' },
      }));
      return select(ubc, { order: { 'beckn:orderItems': orderItems } });
    },
  ],
  [
    'LTS, in one commitment',
    (items) => {
      const resources = items.map(([id, kwh]) => ({ id, quantity: { unitQuantity: kwh } }));
      return select(lts, { contract: { commitments: [{ resources }] } });
    },
  ],
  [
    'LTS, in several commitments',
    (items) => {
      const commitments = items.map(([id, kwh]) => ({ resources: [{ id, quantity: { unitQuantity: kwh } }] }));
      return select(lts, { contract: { commitments } });
    },
  ],
];

describe.each(READERS)('in %s', (_name, read) => {
  const five = { limit: { limit: { kind: 'energy', value: 5000 } } };
  const refused = { limit: { refusal: { code: 'option-out-of-range' } } };

  it('it counts at any item', () => {
    expect(read([['station'], ['connector', 5]])).toMatchObject(five);
    expect(read([['connector', 5], ['station']])).toMatchObject(five);
  });

  it('it may stand at the station and at the connector', () => {
    const both: Item[] = [
      ['station', 5],
      ['connector', 5],
    ];
    expect(read(both)).toMatchObject(five);
  });

  it('a second one is refused and not left out', () => {
    const other: Item[] = [
      ['connector', 5],
      ['connector-2', 10],
    ];
    expect(read(other)).toMatchObject(refused);
    const twice: Item[] = [
      ['connector', 5],
      ['station', 5],
      ['connector', 5],
    ];
    expect(read(twice)).toMatchObject(refused);
  });

  it('an unusable one is refused wherever it stands', () => {
    const negative: Item[] = [
      ['connector', 5],
      ['station', -5],
    ];
    expect(read(negative)).toMatchObject(refused);
  });
});

it('the quantity of an add-on is not energy', () => {
  const addOn = { id: 'tea', descriptor: { code: 'add-on-item' }, quantity: { selected: { measure: { value: '2' } } } };
  const items = [addOn, { id: 'connector', quantity: { selected: { measure: { value: '5', unit: 'kWh' } } } }];
  expect(select(ueiEvCharging, { order: { items } })).toMatchObject({ limit: { limit: { value: 5000 } } });
});
