/** The scenario for every dialect of `ev-charging`: one golden file per step, in the dialect's folder. */
import { afterEach, describe, it } from 'vitest';
import { createExchange, type GoldenExchange } from './core-1x-exchange.js';

const MINUTE = 60_000;

export function tellsEvCharging(folder: string, domain: string): void {
  let exchange: GoldenExchange;
  const on = async (...steps: readonly string[]): Promise<GoldenExchange> => {
    exchange = await createExchange(folder, { domain, version: '1.1.0' });
    for (const step of steps) await exchange.play(step, step === 'update-start' ? () => exchange.begin() : undefined);
    return exchange;
  };

  describe(`${domain} 1.1.0`, () => {
    afterEach(() => exchange.close());

    it('search, select, init, confirm: a confirm starts nothing', async () => {
      await on('search', 'select', 'init', 'confirm');
    });

    it('update starts by fulfillments[0].state without an order id; status, track and progress tell how it goes', async () => {
      const { play, sample } = await on('select', 'init', 'confirm', 'update-start');
      await play('on_status-progress', () => sample(1630, 47));
      await play('status');
      await play('track');
    });

    it('update changes contact and limit, and says what it cannot do', async () => {
      const { play, sample } = await on('select', 'init', 'confirm', 'update-start');
      await play('on_status-progress', () => sample(1630, 47));
      await play('update-contact');
      await play('update-limit');
      await play('update-unknown');
    });

    it('update stops by the same path; its answer waits for the end, and the end is notified once', async () => {
      const { play, sample, end } = await on('select', 'init', 'confirm', 'update-start');
      await play('on_status-progress', () => sample(1630, 47));
      await play('update-stop', () => end(1650, 'Remote'));
    });

    it('update to start is answered with 40006 where the charger refuses, and the order cancelled once', async () => {
      const { play, harness } = await on('select', 'init', 'confirm');
      harness.behaviour.answer = () => ({ kind: 'answered', status: 'Rejected', payload: {} });
      await play('update-start-refused', () => harness.clock.advance(MINUTE));
    });

    it('cancel before the start gives all back, below zero', async () => {
      const { play } = await on('select', 'init', 'confirm');
      await play('cancel');
    });

    it('cancel of a running session stops it, and tells its end', async () => {
      const { play, sample, end } = await on('select', 'init', 'confirm', 'update-start');
      await play('on_status-progress', () => sample(1630, 47));
      await play('cancel-running', () => end(1650, 'Remote'));
    });

    it('a charger that breaks down ends the order with one on_cancel, with what is given back', async () => {
      const { play, sample, end, status } = await on('select', 'init', 'confirm', 'update-start');
      await play('on_status-progress', () => sample(1630, 47));
      await play('on_status-fault', () => status('Faulted', 'GroundFailure'));
      await play('on_cancel-breakdown', () => end(1640, 'Other'));
    });

    it('support, rating, and the meta API', async () => {
      const { play } = await on('select', 'init', 'confirm');
      await play('support');
      await play('rating');
      await play('get_cancellation_reasons');
      await play('get_rating_categories');
    });
  });
}
