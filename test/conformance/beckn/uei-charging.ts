/** The scenario for both dialects of `uei:charging`: one golden file per step, in the dialect's folder. */
import { afterEach, describe, it } from 'vitest';
import type { PeerSettings } from '../../../src/config/config.js';
import { createExchange, type GoldenExchange } from './core-1x-exchange.js';

export function tellsUeiCharging(folder: string, settings: Partial<PeerSettings> = {}): void {
  let exchange: GoldenExchange;
  const on = async (...steps: readonly string[]): Promise<GoldenExchange> => {
    exchange = await createExchange(folder, { domain: 'uei:charging', version: '1.0.0' }, settings);
    for (const step of steps)
      await exchange.play(step, step === 'on_status-begun' ? () => exchange.begin() : undefined);
    return exchange;
  };

  describe(folder, () => {
    afterEach(() => exchange.close());

    it('search, select, init, confirm: a confirm starts; status, track and progress tell how it goes', async () => {
      const { play, sample } = await on('search', 'select', 'init', 'confirm', 'on_status-begun');
      await play('on_status-progress', () => sample(1630, 47));
      await play('status');
      await play('track');
    });

    it('update selects again by names of parts, and changes contact by paths', async () => {
      const { play } = await on('select', 'init', 'confirm', 'on_status-begun');
      await play('update-contact');
      await play('update-limit');
    });

    it('cancel with stop-charging stops', async () => {
      const { play, sample, end } = await on('select', 'init', 'confirm', 'on_status-begun');
      await play('on_status-progress', () => sample(1630, 47));
      await play('cancel-stop', () => end(1650, 'Remote'));
    });

    it('cancel without it is for orders that have not begun', async () => {
      const { play } = await on('select', 'init', 'confirm');
      await play('cancel');
    });

    it('cancel without it is refused with 50001 while a session runs', async () => {
      const { play } = await on('select', 'init', 'confirm', 'on_status-begun');
      await play('cancel-running');
    });

    it('a charger that breaks down ends the order with the one terminal on_status', async () => {
      const { play, sample, end } = await on('select', 'init', 'confirm', 'on_status-begun');
      await play('on_status-progress', () => sample(1630, 47));
      await play('on_status-breakdown', () => end(1640, 'EmergencyStop'));
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
