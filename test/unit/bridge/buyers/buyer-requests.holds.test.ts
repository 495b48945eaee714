/**
 * A connector held by an init until its quote expires: no other buyer gets it, searches show it as taken, and it
 * becomes free by itself.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import type { BuyerRequest, RequestedSlot } from '../../../../src/ports/buyer-requests.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

type Step = 'select' | 'init' | 'confirm';

/** Sends a request. Returns `ok` or the code of the callback's error. */
async function ask(step: Step, buyer: string, slot?: RequestedSlot, holds = true): Promise<string> {
  const wish = {
    items: { itemIds: [{ id: 'CP1-1', path: 'p' }] },
    limit: { limit: { kind: 'energy', value: 10_000 } },
    ...(slot && { slot }),
  } as const;
  const requests: { readonly [S in Step]: BuyerRequest } = {
    select: { type: 'select', ...wish },
    init: { type: 'init', ...wish, ...(holds && { holdsConnector: true }) },
    confirm: { type: 'confirm', ...wish, payment: 'unstated' },
  };
  await harness.sendRequest(requests[step], step, { bapId: buyer, transaction: buyer });
  await settle(20);
  const body = harness.callbacks.at(-1)?.body;
  return String(valueAt(body, 'error', 'code') ?? 'ok');
}

const order = (buyer: string) => harness.store.orderByTransaction(`main/${buyer}`, buyer);
const free = () => harness.bridge.availability.hits(new Set(['CP1']))[0]?.freeSlots ?? [];
const later = (): RequestedSlot => ({
  slot: { from: harness.clock.now() + HOUR, until: harness.clock.now() + 2 * HOUR },
});

describe.each([
  ['a connector', () => undefined],
  ['a slot', later],
])('%s that an init holds', (_what, slotOf) => {
  let slot: RequestedSlot | undefined;
  beforeEach(() => {
    slot = slotOf();
  });

  it('is refused to others, and given to who holds it', async () => {
    expect(await ask('init', 'a', slot)).toBe('ok');
    for (const step of ['select', 'init', 'confirm'] as const) expect(await ask(step, 'b', slot)).toBe('40000');
    expect(await ask('confirm', 'a', slot)).toBe('ok');
    expect(await order('a')).toMatchObject({ state: slot ? 'confirmed' : 'starting' });
    expect(await order('b')).toBeUndefined();
  });

  it('is free again when the quote has run out, without anybody asking', async () => {
    await ask('init', 'a', slot);
    const all = harness.bridge.openOrders().length;
    await harness.clock.advance(15 * MINUTE);
    await settle(20);
    expect(all).toBe(1);
    expect(harness.bridge.openOrders()).toEqual([]);
    expect(await ask('confirm', 'b', slot)).toBe('ok');
    expect(await ask('confirm', 'a', slot)).not.toBe('ok');
  });

  it('is held over a restart, and freed after one', async () => {
    await ask('init', 'a', slot);
    await harness.restart();
    await harness.connect();
    expect(await ask('init', 'b', slot)).toBe('40000');
    await harness.clock.advance(15 * MINUTE);
    await settle(20);
    expect(await ask('init', 'b', slot)).toBe('ok');
  });

  it('is freed when its buyer selects again', async () => {
    await ask('init', 'a', slot);
    expect(await ask('select', 'a', slot)).toBe('ok');
    expect(await ask('init', 'b', slot)).toBe('ok');
    expect(await ask('init', 'a', slot)).toBe('40000');
  });

  it('is held for no longer by asking again for the same', async () => {
    await ask('init', 'a', slot);
    await harness.clock.advance(14 * MINUTE);
    expect(await ask('init', 'a', slot)).toBe('ok');
    await harness.clock.advance(MINUTE);
    await settle(20);
    expect(await ask('init', 'b', slot)).toBe('ok');
  });

  it('is one of two who ask at once', async () => {
    const asked = ['a', 'b', 'c'].map((buyer) => ask('init', buyer, slot));
    await Promise.all(asked);
    await settle(50);
    const held = await Promise.all(['a', 'b', 'c'].map(order));
    expect(held.filter((one) => one?.connectorHeld === true)).toHaveLength(1);
  });

  it('is told as not to be had, until it is', async () => {
    const before = free();
    const heard: string[] = [];
    harness.bridge.availability.onChange((chargePointId) => heard.push(chargePointId));
    await ask('init', 'a', slot);
    expect(free()).not.toEqual(before);
    if (slot && 'slot' in slot) expect(free()[1]?.from).toBe(slot.slot.until);
    else expect(free()[0]?.from).toBeGreaterThan(harness.clock.now());
    expect(heard.splice(0)).toContain('CP1');
    await harness.clock.advance(15 * MINUTE);
    await settle(20);
    expect(heard).toContain('CP1');
    expect(free()).toHaveLength(1);
    expect(free()[0]?.from).toBe(harness.clock.now());
  });

  it('is held by no init of a dialect that says nothing of it', async () => {
    expect(await ask('init', 'a', slot, false)).toBe('ok');
    expect(await ask('init', 'b', slot, false)).toBe('ok');
    expect((await order('a'))?.connectorHeld).toBeUndefined();
  });
});

it('a hold is no charge: no event of the charger goes to a draft', async () => {
  await ask('init', 'a');
  await harness.sendEvent({
    type: 'connector-status-changed',
    connectorId: 1,
    status: 'Charging',
    errorCode: 'NoError',
  });
  await settle(20);
  expect(await order('a')).toMatchObject({ state: 'draft', connectorHeld: true, effects: [] });
  expect(await harness.discrepancies()).toEqual([]);
});
