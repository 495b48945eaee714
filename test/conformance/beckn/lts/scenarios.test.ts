/**
 * Beckn 2.0.0 LTS step by step: each golden file holds a request, unless the step begins at the charger or the
 * operator, the callbacks and the commands to the charger.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { publishedLts } from '../../../property/published.js';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import { createFakeProvider } from '../../../fakes/payment-provider.js';
import { createExchange, type GoldenExchange } from './lts-exchange.js';

const MINUTE = 60_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
let exchange: GoldenExchange;

const on = async (...steps: readonly string[]): Promise<GoldenExchange> => {
  exchange = await createExchange();
  for (const step of steps) await exchange.play(step, step === 'update-start' ? () => exchange.begin() : undefined);
  return exchange;
};

if (!publishedLts) console.warn('SKIPPED: Beckn 2.0.0 LTS against the published schemas; set BECKN_SCHEMAS.');

describe('Beckn 2.0.0 LTS', () => {
  afterEach(() => exchange.close());

  it('discover by place and filter, and what of a filter is not understood', async () => {
    await on('discover-near', 'discover-connector', 'discover-nothing', 'discover-unreadable');
  });

  it('a walk-in: a confirm starts nothing, an update does; progress, track and the user who stops', async () => {
    const { play, order, sample, end, status } = await on('select', 'init-bap', 'confirm');
    expect((await order()).id).toMatch(UUID);
    await play('on_status-plugged', () => status('Preparing'));
    await play('status');
    await play('update-start', () => exchange.begin());
    await play('on_status-progress', () => sample(1630, 47));
    await play('track');
    await play('update-stop', () => end(1650, 'Remote'));
    await play('rate');
    await play('support');
  });

  it('a session that uses up what was bought ends by itself: its end is an on_status', async () => {
    const { play, sample, end } = await on('select', 'init-bap', 'confirm', 'update-start');
    await sample(2400, 60);
    await play('on_status-completed', () => end(2500, 'Remote'));
  });

  it('a charger that fails to stop: what is beyond the authorised amount is on nobody but the operator', async () => {
    const { play, harness, sample, end } = await on('select', 'init-bap', 'confirm', 'update-start');
    harness.behaviour.answer = () => ({ kind: 'answered', status: 'Rejected', payload: {} });
    await sample(2000, 50);
    await sample(4990, 80);
    await play('on_status-overcharge', () => end(5000, 'Local'));
    expect((await harness.discrepancies()).sort()).toEqual(['overshoot', 'stop-not-obeyed']);
  });

  it('a fault interrupts: notified at once, and billed to the meter when it ends', async () => {
    const { play, sample, end, status } = await on('select', 'init-bap', 'confirm', 'update-start');
    await sample(1630, 47);
    await play('on_status-fault', () => status('Faulted', 'GroundFailure'));
    await play('on_status-interrupted', () => end(1640, 'EmergencyStop'));
  });

  it('a start that the charger refuses: cancelled with 40006, and all that was paid goes back', async () => {
    const { play, harness } = await on('select', 'init-bap', 'confirm');
    harness.behaviour.answer = () => ({ kind: 'answered', status: 'Rejected', payload: {} });
    await play('update-start-refused', () => harness.clock.advance(MINUTE));
  });

  it('a confirm whose payment is a draft, or says nowhere how much it was, is not taken', async () => {
    await on('select', 'init-bap', 'confirm-unpaid', 'confirm-amountless');
  });

  it('a settlement without an amount discharges the whole consideration', async () => {
    const { order } = await on('select', 'init-bap', 'confirm-whole');
    expect((await order()).payment).toMatchObject({ paid: 6013, reference: 'TXN-1' });
  });

  it('what is only tried changes nothing, and tells how things stand', async () => {
    const { play, harness, order } = await on('select', 'init-bap', 'confirm');
    const { version } = await order();
    await play('update-start-tried');
    await play('cancel-tried');
    expect(await order()).toMatchObject({ version, state: 'confirmed' });
    expect(harness.commands).toEqual([]);
  });

  it('each callback that was asked for says the digest of its request, and no other says one', async () => {
    const { play, harness, end } = await on('select', 'init-bap', 'confirm', 'update-start', 'status-charging');
    await play('update-stop-early', () => end(0, 'Remote'));
    const contexts = harness.callbacks.map(({ body }) => valueAt(body, 'context'));
    const asked = contexts.filter((context) => String(valueAt(context, 'messageId')).startsWith('4618752a'));
    expect(asked.map((context) => valueAt(context, 'action'))).toEqual([
      'on_select',
      'on_init',
      'on_confirm',
      'on_update',
      'on_status',
      'on_update',
    ]);
    for (const context of contexts) expect('requestDigest' in Object(context)).toBe(asked.includes(context));
    expect(new Set(asked.map((context) => valueAt(context, 'requestDigest', 'digest'))).size).toBe(asked.length);
    expect(contexts.length).toBeGreaterThan(asked.length);
  });

  it('a payment that our side collects is waited for, believed of nobody else, and given back', async () => {
    const provider = createFakeProvider();
    exchange = await createExchange(provider);
    const { play, harness, order, begin, sample, end } = exchange;
    for (const step of ['select', 'init-bpp', 'confirm-bpp-untold']) await play(step);
    await play('on_status-paid', async () =>
      harness.bridge.paymentUpdates.paymentUpdated((await order()).id, provider.pay()),
    );
    await play('confirm-bpp');
    await play('update-start-bpp', begin);
    await play('on_status-refunded', async () => {
      await sample(1630, 47);
      await end(1650, 'Local');
      await harness.clock.advance(1000);
    });
    expect(provider.requests.filter(({ what }) => what === 'refund')).toHaveLength(1);
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
    await on('select-unknown', 'select-too-much', 'select-unit', 'select-none', 'update-unknown', 'rate-out-of-range');
    await exchange.play('status-unknown');
  });
});
