/** A connector that reports a suspended session is believed until two readings show that energy flows. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { ConnectorStatus } from '../../../../src/domain/model/network.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { AT, confirm, MINUTE, orderAfter, run, SECOND, start } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;
const REGISTER = 1_000_000;
const says = (word: ConnectorStatus, at: number): OrderCommand => ({
  type: 'connector-changed',
  connectorState: { status: word, errorCode: 'NoError', at },
});
const suspended = (value = 10_000): Order =>
  orderAfter(
    [AT, confirm(true, { kind: 'energy', value })],
    [BEGAN, start(BEGAN)],
    [BEGAN, says('Charging', BEGAN)],
    [BEGAN + SECOND, says('SuspendedEV', BEGAN + SECOND)],
  );
const reading = (at: number, fields: object): OrderCommand => ({
  type: 'record-sample',
  samples: [{ at, ...fields }],
  journalSeq: at,
});
/** Returns the order after readings one minute apart. */
function after(order: Order, ...readings: readonly object[]): Order {
  return readings.reduce<Order>((before, fields, index) => {
    const at = BEGAN + (index + 1) * MINUTE;
    return run(before, reading(at, fields), at).order;
  }, order);
}
const register = (wh: number) => ({ registerWh: REGISTER + wh });

describe('a suspended connector', () => {
  it('charges once the register rises between two readings, so that the limit holds', () => {
    expect(after(suspended(), register(800)).state).toBe('suspended');
    expect(after(suspended(), register(800), register(1600)).state).toBe('charging');
    const order = after(suspended(2410), register(800), register(1600), register(2400));
    expect(order).toMatchObject({ state: 'stopping', session: { stop: { reason: 'limit-energy' } } });
  });

  it('charges once two readings report power', () => {
    expect(after(suspended(), { powerW: 7000 }).state).toBe('suspended');
    expect(after(suspended(), { powerW: 7000 }, { powerW: 7000 }).state).toBe('charging');
  });

  it('stays suspended while the car takes next to nothing', () => {
    const trickle = after(suspended(), register(800), register(810), register(821), register(833));
    expect(trickle.state).toBe('suspended');
  });

  it('stays suspended by a coarse register that stands still', () => {
    expect(after(suspended(), register(1000), register(1000), register(1000)).state).toBe('suspended');
  });

  it('is suspended again when it says so again', () => {
    const charging = after(suspended(), register(800), register(1600));
    const at = BEGAN + 3 * MINUTE;
    expect(run(charging, says('SuspendedEV', at), at).order.state).toBe('suspended');
  });
});
