import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../../src/domain/model/object.js';
import { checkDocument } from '../../../../src/config/network-file/check-document.js';
import { settingsCheck } from '../../../../src/schema/validators.js';

const station = (id: string, more: object = {}): object => ({
  ...{ id, name: id, latitude: 1, longitude: 2, address: 'a', city: { code: 'c', name: 'c' } },
  ...{ country: { code: 'IND', name: 'India' }, chargePoints: [] },
  ...more,
});
const stations = (count: number, faulty: { readonly [at: number]: object } = {}): object[] =>
  Array.from({ length: count }, (_, at) => station(`s${at}`, faulty[at]));

const DOCUMENTS: { readonly [what: string]: unknown } = {
  'nothing wrong': { name: 'n', providers: [{ id: 'p', name: 'p', stations: stations(45) }] },
  'no object': 7,
  'no providers': { name: 'n' },
  'providers that are no list': { name: 'n', providers: {} },
  'a provider that is no object': { name: 'n', providers: [7] },
  'stations that are no list': { name: 'n', providers: [{ id: 'p', name: 'p', stations: 7 }] },
  'a faulty provider beside faulty stations': {
    name: 7,
    tariffs: { t: {} },
    providers: [
      { id: 'p', name: 'p', stations: stations(3) },
      {
        id: 'q',
        unknown: 1,
        stations: stations(45, { 0: { latitude: 'x' }, 19: { name: 1 }, 20: { more: 1 }, 44: { id: 4 } }),
      },
    ],
  },
  'a station that is no object': { name: 'n', providers: [{ id: 'p', name: 'p', stations: [...stations(25), null] }] },
};

interface Place {
  readonly instancePath: string;
  readonly keyword: string;
}
const placesOf = (errors: readonly Place[]): string[] =>
  errors.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`).sort();

describe('a document that is checked a few stations at a time', () => {
  it.each(Object.entries(DOCUMENTS))('has the errors of the whole: %s', (_what, document) => {
    const whole = settingsCheck('network')(document);
    const parts = atOnce(checkDocument(document));
    expect('errors' in parts ? placesOf(parts.errors) : []).toEqual('errors' in whole ? placesOf(whole.errors) : []);
  });

  it('takes several steps', () => {
    expect([...checkDocument(DOCUMENTS['nothing wrong'])]).toHaveLength(3);
  });
});
