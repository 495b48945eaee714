/**
 * Unified Bharat e-Charge step by step: each golden file holds a request, unless the step begins at the charger or the
 * operator, the callbacks and the commands to the charger.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeProvider } from '../../../fakes/payment-provider.js';
import { createExchange, type GoldenExchange } from './ubc-exchange.js';

const MINUTE = 60_000;
let exchange: GoldenExchange;

const on = async (...steps: readonly string[]): Promise<GoldenExchange> => {
  exchange = await createExchange();
  for (const step of steps) await exchange.play(step, step === 'update-start' ? () => exchange.begin() : undefined);
  return exchange;
};

describe('Unified Bharat e-Charge', () => {
  afterEach(() => exchange.close());

  it('discover by place, filter, time, vehicle and printed code', async () => {
    await on(
      'discover-near',
      'discover-connector',
      'discover-qr',
      'discover-time',
      'discover-vehicle',
      'discover-text',
    );
  });

  it('discover names what of a filter it does not understand', async () => {
    await on('discover-unreadable');
  });

  it('a walk-in: a confirm starts nothing, an update does; progress, track and the user who stops', async () => {
    const { play, sample, end, status } = await on('select', 'init-bap', 'confirm');
    await play('on_status-plugged', () => status('Preparing'));
    await play('status');
    await play('update-start', () => exchange.begin());
    await play('on_status-progress', () => sample(1630, 47));
    await play('track');
    await play('update-stop', () => end(1650, 'Remote'));
    await play('rating');
    await play('support');
  });

  it('a session that uses up what was bought ends by itself, without anything to give back', async () => {
    const { play, sample, end } = await on('select', 'init-bap', 'confirm', 'update-start');
    await sample(2400, 60);
    await play('on_update-completed', () => end(2500, 'Remote'));
  });

  it('a charger that fails to stop: what is beyond the authorised amount is on nobody but the operator', async () => {
    const { play, harness, sample, end } = await on('select', 'init-bap', 'confirm', 'update-start');
    harness.behaviour.answer = () => ({ kind: 'answered', status: 'Rejected', payload: {} });
    await sample(2000, 50);
    await sample(4990, 80);
    await play('on_update-overcharge', () => end(5000, 'Local'));
    expect((await harness.discrepancies()).sort()).toEqual(['overshoot', 'stop-not-obeyed']);
  });

  it('a fault interrupts: notified at once, and billed to the meter when it ends', async () => {
    const { play, sample, end, status } = await on('select', 'init-bap', 'confirm', 'update-start');
    await sample(1630, 47);
    await play('on_status-fault', () => status('Faulted', 'GroundFailure'));
    await play('on_update-interrupted', () => end(1640, 'EmergencyStop'));
  });

  it('a start that the charger refuses: REJECTED and 40006, nothing paid', async () => {
    const { play, harness } = await on('select', 'init-bap', 'confirm');
    harness.behaviour.answer = () => ({ kind: 'answered', status: 'Rejected', payload: {} });
    await play('update-start-refused', () => harness.clock.advance(MINUTE));
  });

  it('a payment that our side collects is waited for, believed of nobody else, and given back', async () => {
    const provider = createFakeProvider();
    exchange = await createExchange(provider);
    const { play, harness, order, begin, sample, end } = exchange;
    for (const step of ['select', 'init-bpp', 'confirm-unpaid', 'confirm-bpp-untold']) await play(step);
    await play('on_status-paid', async () =>
      harness.bridge.paymentUpdates.paymentUpdated((await order()).id, provider.pay()),
    );
    await play('confirm-bpp');
    await play('update-start-bpp', begin);
    await play('on_update-refunded', async () => {
      await sample(1630, 47);
      await end(1650, 'Local');
      await harness.clock.advance(1000);
    });
    expect(provider.requests.filter(({ what }) => what === 'refund')).toHaveLength(1);
  });

  it('where nobody collects on our side, the buyer app does, whomever it asked for', async () => {
    await on('select', 'init-bpp-refused');
  });

  it('a reservation: its slot is refused to others, and cannot be started before', async () => {
    const { play } = await on('select-slot', 'init-slot', 'discover-slot-taken', 'confirm-slot');
    await play('update-start-early');
    await play('discover-slot-taken');
  });

  it('a cancellation by the user before charging, and one that stops what runs', async () => {
    await on('select', 'init-bap', 'confirm', 'cancel');
    await exchange.close();
    const { play, sample, end } = await on('select', 'init-bap', 'confirm', 'update-start');
    await play('on_status-progress', () => sample(1630, 47));
    await play('cancel-running', () => end(1650, 'Remote'));
  });

  it('a cancellation by the operator is an unasked on_cancel with the money given back', async () => {
    const { play, harness, order } = await on('select-slot', 'init-slot', 'confirm-slot');
    const { id } = await order();
    await play('on_cancel-operator', () => harness.bridge.operatorCommands.cancel(id));
  });

  it('what cannot be sold or read is refused with its place', async () => {
    await on('select-unknown', 'select-too-much', 'select-unit', 'update-unknown', 'rating-out-of-range');
  });
});
