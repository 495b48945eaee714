import { describe, expect, it } from 'vitest';
import { AT, confirm, MINUTE, orderAfter, SECOND, start } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;

/** Returns the reason for stopping a session up to 80 % after readings of these states of charge, one per minute. */
function stopReason(...states: readonly number[]) {
  const readings = states.map((soc, index) => {
    const at = BEGAN + (index + 1) * MINUTE;
    return [
      at,
      { type: 'record-sample', samples: [{ at, registerWh: 1_000_000 + index, soc }], journalSeq: at },
    ] as const;
  });
  const limit = { kind: 'soc', value: 80 } as const;
  return orderAfter([AT, confirm(true, limit)], [BEGAN, start(BEGAN)], ...readings).session?.stop?.reason;
}

describe('a limit of the state of charge', () => {
  it('is reached by a reading that continues the one before', () => {
    expect(stopReason(70, 79)).toBeUndefined();
    expect(stopReason(70, 80)).toBe('limit-soc');
    expect(stopReason(60, 70, 79, 81)).toBe('limit-soc');
  });

  it('is not reached by one reading alone, which a charger may send before the car has answered', () => {
    expect(stopReason(100)).toBeUndefined();
    expect(stopReason(60, 100, 61)).toBeUndefined();
    expect(stopReason(79, 0, 79)).toBeUndefined();
  });

  it('is reached once two readings agree, whatever came before', () => {
    expect(stopReason(90, 90)).toBe('limit-soc');
    expect(stopReason(60, 85, 86)).toBe('limit-soc');
    expect(stopReason(79, 0, 81, 81)).toBe('limit-soc');
  });
});
