import { describe, expect, it } from 'vitest';
import { type EarlyStop, isStopOf, type OwnStart } from '../../../../src/domain/matching/own-stop.js';

const TAG = 'PAH5RMWS3KTWCUZI';

describe('a stop that arrived before a start with its tag', () => {
  const start: OwnStart = { idTag: TAG, meterStartWh: 5000, at: 100_000, requestedAt: 40_000 };
  const early = (more: Partial<EarlyStop>): EarlyStop => ({
    ...{ idTag: TAG, meterStopWh: 5100, at: 110_000, receivedAt: 120_000 },
    ...more,
  });

  it('is its own, whatever the rated power', () => {
    expect(isStopOf(early({ idTag: TAG.toLowerCase() }), start)).toBe(true);
    expect(isStopOf(early({ meterStopWh: 18_000 }), start)).toBe(true);
    expect(isStopOf(early({ meterStopWh: 5000 }), start)).toBe(true);
    const { meterStopWh: _, ...unread } = early({});
    expect(isStopOf(unread, start)).toBe(true);
  });

  it('is its own although the charger stamped the start when it sent it', () => {
    expect(isStopOf(early({ at: 90_000 }), start)).toBe(true);
  });

  it('is of an earlier transaction if no connector can have delivered its register since the request', () => {
    expect(isStopOf(early({ meterStopWh: 4_348_360 }), start)).toBe(false);
    expect(isStopOf(early({ meterStopWh: 4999 }), start)).toBe(false);
  });

  it('is of an earlier transaction if it is older than the start and shows no energy', () => {
    expect(isStopOf(early({ at: 90_000, meterStopWh: 5000 }), start)).toBe(false);
    const { meterStopWh: _, ...unread } = early({ at: 90_000 });
    expect(isStopOf(unread, start)).toBe(false);
  });

  it('is its own, whatever its register, if the start carried none and is not later', () => {
    const { meterStartWh: _, ...unread } = start;
    expect(isStopOf(early({ meterStopWh: 4_348_360 }), unread)).toBe(true);
    expect(isStopOf(early({ at: 90_000 }), unread)).toBe(false);
  });

  it('of another tag is none', () => {
    expect(isStopOf(early({ idTag: 'CARD7' }), start)).toBe(false);
  });
});
