/** A booked slot in requests of buyer apps and in callbacks. */
import { describe, expect, it } from 'vitest';
import { readSlot, renderSlot } from '../../../../../src/beckn/dialects/core-1x/slot.js';

const FROM = '2026-12-01T10:00:00Z';
const UNTIL = '2026-12-01T11:30:00+00:00';
const slot = { from: Date.parse(FROM), until: Date.parse(UNTIL) };
const order = (...stops: readonly object[]) => ({ fulfillments: [{ type: 'CHARGING', stops }] });
const stop = (type: string, time: object) => ({ type, time });

describe('a booked time', () => {
  it.each([
    ['start and end', order(stop('start', { timestamp: FROM }), stop('end', { timestamp: UNTIL }))],
    ['START and finish', order(stop('finish', { timestamp: UNTIL }), stop('START', { timestamp: FROM }))],
    ['one range', order(stop('start', { range: { start: FROM, end: UNTIL } }))],
    ['two ranges', order(stop('start', { range: { start: FROM } }), stop('end', { range: { end: UNTIL } }))],
  ])('is read from %s', (_name, said) => {
    expect(readSlot(said)).toEqual({ slot });
  });

  it('without an end lasts an hour', () => {
    const hour = { from: slot.from, until: slot.from + 3_600_000 };
    expect(readSlot(order(stop('start', { timestamp: FROM })))).toEqual({ slot: hour });
  });

  it.each([
    ['no fulfillment', {}],
    ['no stops', { fulfillments: [{ id: '1' }] }],
    ['places only', order({ type: 'start', location: { gps: '12,77' } })],
    ['an end alone', order(stop('end', { timestamp: UNTIL }))],
    ['something else', { fulfillments: 'none' }],
  ])('is none in %s', (_name, said) => {
    expect(readSlot(said)).toBeUndefined();
  });

  it.each([
    ['tomorrow', order(stop('start', { timestamp: 'tomorrow' }))],
    ['a range whose end is none', order(stop('start', { range: { start: FROM, end: 'later' } }))],
    ['a range whose start is none', order(stop('start', { range: { start: 'soon', end: UNTIL }, timestamp: FROM }))],
    ['an end whose range is none', order(stop('start', { timestamp: FROM }), stop('end', { range: { end: 7 } }))],
    ['a day that does not exist', order(stop('start', { timestamp: '2026-11-31T10:00:00Z' }))],
    ['an end that is none', order(stop('start', { timestamp: FROM }), stop('end', { timestamp: 7 }))],
  ])('that cannot be read is refused: %s', (_name, said) => {
    expect(readSlot(said)).toMatchObject({
      refusal: { code: 'slot-invalid', path: 'message.order.fulfillments[0].stops' },
    });
  });

  it.each([
    ['without a type', order({ time: { timestamp: FROM } })],
    ['of another type', order(stop('arrival', { timestamp: FROM }))],
    ['beside a start', order({ type: null, time: { range: { end: UNTIL } } }, stop('start', { timestamp: FROM }))],
  ])('of a stop %s is refused, and not left out', (_name, said) => {
    const path = 'message.order.fulfillments[0].stops[0].type';
    expect(readSlot(said)).toMatchObject({ refusal: { code: 'slot-invalid', path } });
  });

  it('is read from whichever fulfillment states it, and refused if two differ', () => {
    const booked = order(stop('start', { range: { start: FROM, end: UNTIL } })).fulfillments;
    const other = order(stop('start', { range: { start: FROM, end: '2026-12-01T12:00:00Z' } })).fulfillments;
    expect(readSlot({ fulfillments: [{ id: 'f' }, ...booked] })).toEqual({ slot });
    expect(readSlot({ fulfillments: [...booked, ...booked] })).toEqual({ slot });
    for (const fulfillments of [
      [...booked, ...other],
      [...other, ...booked],
    ])
      expect(readSlot({ fulfillments })).toMatchObject({ refusal: { code: 'slot-invalid' } });
  });

  it('comes back as it was read', () => {
    expect(readSlot(renderSlot({ slot }))).toEqual({ slot });
    expect(renderSlot({})).toEqual({});
  });
});
