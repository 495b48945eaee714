import { expect, it } from 'vitest';
import { findConnector } from '../../../../src/bridge/buyers/find-connector.js';
import { Catalogue } from '../../../../src/domain/locations/catalogue.js';
import { NETWORK } from '../../../fakes/bridge-harness.js';

const catalogue = new Catalogue(NETWORK);
const refs = (...ids: string[]) => ({ itemIds: ids.map((id, index) => ({ id, path: `items[${index}]` })) });

it.each([
  [['CP1-1', 'CP1-2'], 'items[1]'],
  [['CP1', 'CP2'], 'items[1]'],
  [['s1'], 'items[0]'],
  [['CP1'], 'items[0]'],
])('items that are not one connector get a sentence that says so: %o', (ids, path) => {
  expect(findConnector(catalogue, refs(...ids))).toMatchObject({ code: 'connector-ambiguous', path });
});

it('an unknown item is still an unknown item', () => {
  expect(findConnector(catalogue, refs('nobody'))).toMatchObject({ code: 'item-unknown' });
});
