import { describe, expect, it } from 'vitest';
import { saleProblem } from '../../../../src/domain/locations/sale.js';
import type { SaleStatus } from '../../../../src/domain/model/decision.js';
import { AT, HOUR } from '../sessions.js';

const free = { status: 'Available', errorCode: 'NoError', at: AT } as const;
const away: SaleStatus = { state: { ...free, status: 'Unavailable' }, charger: 'away' };
const ready: SaleStatus = { state: free, charger: 'ready' };
const now = { now: AT, booking: undefined };

describe.each([true, false])('a connector that another order has (confirm: %s)', (isConfirm) => {
  it.each([ready, away])('is not sold now, whether its charge point is connected or briefly away', (sale) => {
    expect(saleProblem(sale, { ...now, isConfirm })).toBeUndefined();
    expect(saleProblem({ ...sale, isOrdered: true }, { ...now, isConfirm })).toMatchObject({ code: 'connector-busy' });
  });

  it.each([ready, away])('can be booked for later', (sale) => {
    const booking = { from: AT + HOUR, until: AT + 2 * HOUR };
    expect(saleProblem({ ...sale, isOrdered: true }, { now: AT, booking, isConfirm })).toBeUndefined();
  });
});
