import { describe, expect, it } from 'vitest';
import { readSubscribeRequest, toWireRecord } from '../../../src/sandbox/registry-record.js';

const NOW = Date.parse('2026-01-15T12:00:00Z');
const REQUEST = {
  subscriber_id: 'bpp.example',
  subscriber_url: 'https://bpp.example/beckn',
  unique_key_id: 'k1',
  signing_public_key: 'AAAA',
};

describe('a subscribe request', () => {
  it('keeps the times of its key', () => {
    const times = { valid_from: '2026-01-01T00:00:00.000Z', valid_until: '2027-01-01T00:00:00.000Z' };
    expect(toWireRecord(readSubscribeRequest({ ...REQUEST, ...times })!, NOW)).toMatchObject(times);
  });

  it.each([{}, { valid_from: '' }, { valid_until: '' }])('without times is valid around the lookup: %j', (times) => {
    const { valid_from, valid_until } = toWireRecord(readSubscribeRequest({ ...REQUEST, ...times })!, NOW);
    expect(Date.parse(String(valid_from))).toBeLessThan(NOW);
    expect(Date.parse(String(valid_until))).toBeGreaterThan(NOW);
  });

  it.each([{ valid_from: 'soon' }, { valid_until: 'never' }])('with an unreadable time is none: %j', (times) => {
    expect(readSubscribeRequest({ ...REQUEST, ...times })).toBeUndefined();
  });

  it.each(Object.keys(REQUEST))('without %s is none', (name) => {
    expect(readSubscribeRequest({ ...REQUEST, [name]: '' })).toBeUndefined();
  });
});
