/** Texts designed to be slow to read: reading time must grow only linearly with length. */
import { describe, expect, it } from 'vitest';
import { ueiCharging } from '../../../../../src/beckn/dialects/uei-charging/index.js';
import { parseSignatureHeader } from '../../../../../src/beckn/signing/signature.js';
import { readMeterValues } from '../../../../../src/ocpp/versions/v16/meter.js';

const PEER = { units: 'Wh', time: 's', optionCase: 'capital', sessionDetails: 'rich' } as const;
const CONTEXT = { domain: 'uei:charging', version: '1.0.0' };
/** The length of the texts, for which a quadratic reader takes tens of seconds. */
const LONG = 120_000;
const MOST_MS = 1000;

function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

function select(value: string): unknown {
  const list = [{ descriptor: { code: 'Units' }, value }];
  const tags = [{ descriptor: { code: 'selected-charging-option' }, list }];
  return ueiCharging.read('select', CONTEXT, { order: { items: [{ id: 'a' }], tags } }, PEER);
}

function search(radius: string): unknown {
  const location = { circle: { gps: '12.9,77.6', radius } };
  return ueiCharging.read('search', CONTEXT, { intent: { fulfillment: { stops: [{ location }] } } }, PEER);
}

function meter(value: string): unknown {
  return readMeterValues([{ timestamp: '2026-01-15T10:00:00Z', sampledValue: [{ value }] }], 0);
}

describe('a text that is made to be slow to read', () => {
  it.each([
    ['the unit of an option', () => select(`1${'a'.repeat(LONG)}!`)],
    ['the unit of a radius', () => search(`1${'a'.repeat(LONG)}!`)],
    ['a meter value', () => meter(`${'1'.repeat(LONG)}x`)],
    ['a key id', () => parseSignatureHeader(`Signature keyId="${'|'.repeat(4000)}"`)],
  ])('%s', (_what, work) => expect(timed(work)).toBeLessThan(MOST_MS));
});
