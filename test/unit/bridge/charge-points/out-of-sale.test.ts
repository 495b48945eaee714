/** Sale stops by operators: nothing new is sold there, running sessions continue, and buyers see the reason. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { SaleStopPlace } from '../../../../src/domain/model/network.js';
import type { BuyerRequest, RequestedSlot } from '../../../../src/ports/buyer-requests.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const REASON = 'Closed for road works.';
const HOUR = 3_600_000;
const STEPS = ['select', 'init', 'confirm'] as const;

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
  await harness.connect('CP2');
});
afterEach(() => harness.stop());

const stop = (place: SaleStopPlace, times: { from?: number; until?: number } = {}) =>
  harness.bridge.outOfSale.add({ place, reason: REASON, ...times }, 'tests');

let attempt = 0;
async function error(step: (typeof STEPS)[number], item: string, slot?: RequestedSlot): Promise<unknown> {
  const wish = {
    items: { itemIds: [{ id: item, path: 'message.order.items[0].id' }] },
    limit: { limit: { kind: 'energy', value: 10_000 } },
    ...(slot && { slot }),
  } as const;
  const requests: { readonly [S in typeof step]: BuyerRequest } = {
    select: { type: 'select', ...wish },
    init: { type: 'init', ...wish },
    confirm: { type: 'confirm', ...wish, payment: 'unstated' },
  };
  await harness.sendRequest(requests[step], step, { transaction: `t${(attempt += 1)}` });
  await settle(20);
  return valueAt(harness.callbacks.findLast(({ action }) => action === `on_${step}`)?.body, 'error');
}

/** Returns the items that a select does not refuse. */
async function sold(): Promise<string[]> {
  const free: string[] = [];
  for (const item of ['CP1-1', 'CP1-2', 'CP2-1']) if ((await error('select', item)) === undefined) free.push(item);
  return free;
}

async function found(): Promise<string> {
  await harness.sendRequest({ type: 'search', intent: {} }, 'search');
  await harness.clock.advance(100);
  return JSON.stringify(harness.callbacks.findLast(({ action }) => action === 'on_search')?.body);
}

describe('what is out of sale', () => {
  it.each<[SaleStopPlace, string[]]>([
    [{ kind: 'connector', chargePointId: 'CP1', connectorId: 2 }, ['CP1-1', 'CP2-1']],
    [{ kind: 'charge-point', chargePointId: 'CP1' }, ['CP2-1']],
    [{ kind: 'station', stationId: 's1' }, []],
    [{ kind: 'station', stationId: 's2' }, ['CP1-1', 'CP1-2', 'CP2-1']],
    [{ kind: 'provider', providerId: 'p1' }, []],
    [{ kind: 'everything' }, []],
  ])('%j leaves %j', async (place, left) => {
    await stop(place);
    expect(await sold()).toEqual(left);
    await harness.restart();
    await harness.connect();
    await harness.connect('CP2');
    expect(await sold()).toEqual(left);
  });

  it.each(STEPS)('is refused at %s with the reason, and no charger is asked', async (step) => {
    await stop({ kind: 'charge-point', chargePointId: 'CP1' });
    const refused = await error(step, 'CP1-1');
    expect(refused).toMatchObject({ code: '40002' });
    expect(JSON.stringify(refused)).toContain(REASON);
    expect(harness.commands).toEqual([]);
  });

  it('is found as unavailable with the reason, and not by who wants a free one', async () => {
    expect(await found()).not.toContain('Unavailable');
    const { id } = await stop({ kind: 'connector', chargePointId: 'CP2', connectorId: 1 });
    const body = await found();
    expect(body).toContain('"value":"Unavailable"');
    expect(body).toContain(REASON);
    await harness.sendRequest({ type: 'search', intent: { availableOnly: true } }, 'search');
    await harness.clock.advance(100);
    expect(JSON.stringify(harness.callbacks.at(-1)?.body)).not.toContain('CP2-1');
    await harness.bridge.outOfSale.end(id, 'tests');
    expect(await found()).not.toContain(REASON);
    expect(await error('select', 'CP2-1')).toBeUndefined();
  });

  it('goes on where it was promised: a running session, and a confirmed order', async () => {
    const running = await harness.confirm();
    const transactionId = await harness.startTransaction(running, 1000);
    await harness.disconnect('CP2');
    const waiting = await harness.confirm({ item: 'CP2-1', transaction: 'waits' });
    await stop({ kind: 'everything' });
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 2000 }], transactionId);
    expect(await harness.order(running.id)).toMatchObject({
      state: 'charging',
      session: { meter: { energyWh: 1000 } },
    });
    await harness.connect('CP2');
    expect((await harness.order(waiting.id)).state).toBe('starting');
  });
});

describe('a time out of sale', () => {
  it('begins and ends by itself, and is announced each time', async () => {
    const announced: string[] = [];
    harness.bridge.availability.onChange((id) => announced.push(id));
    const now = harness.clock.now();
    await stop({ kind: 'station', stationId: 's1' }, { from: now + HOUR, until: now + 2 * HOUR });
    expect(announced.splice(0)).toEqual(['CP1', 'CP2']);
    expect(await sold()).toHaveLength(3);
    announced.splice(0);
    await harness.clock.advance(HOUR);
    expect(announced).toEqual(expect.arrayContaining(['CP1', 'CP2']));
    expect(await sold()).toEqual([]);
    announced.splice(0);
    await harness.clock.advance(HOUR);
    expect(announced).toEqual(expect.arrayContaining(['CP1', 'CP2']));
    expect(await sold()).toHaveLength(3);
  });

  it('refuses a booking within it and none beside it', async () => {
    const from = harness.clock.now() + 4 * HOUR;
    await stop({ kind: 'charge-point', chargePointId: 'CP1' }, { from, until: from + HOUR });
    const book = (begin: number) => error('select', 'CP1-1', { slot: { from: begin, until: begin + HOUR } });
    expect(JSON.stringify(await book(from + HOUR / 2))).toContain(REASON);
    expect(JSON.stringify(await book(from - HOUR / 2))).toContain(REASON);
    expect(await book(from - HOUR)).toBeUndefined();
    expect(await book(from + HOUR)).toBeUndefined();
    const [hit] = harness.bridge.availability.hits(new Set(['CP1']));
    expect(hit?.freeSlots?.map(({ from: begin, until }) => [begin, until])[0]?.[1]).toBe(from);
  });

  it('that lies months ahead needs no timer that the platform does not have', async () => {
    const from = harness.clock.now() + 60 * 24 * HOUR;
    await stop({ kind: 'everything' }, { from });
    await harness.clock.advance(24 * HOUR);
    expect(harness.bridge.outOfSale.stopOf({ chargePointId: 'CP1', connectorId: 1 })).toBeUndefined();
    expect(harness.bridge.outOfSale.stopsOf({ chargePointId: 'CP1', connectorId: 1 })).toHaveLength(1);
  });

  it('is not ended twice, and stays in the list with who ended it', async () => {
    const { id } = await stop({ kind: 'everything' });
    expect(await harness.bridge.outOfSale.end(id, 'A. Person')).toMatchObject({ endedBy: 'A. Person' });
    expect(await harness.bridge.outOfSale.end(id, 'A. Person')).toBeUndefined();
    expect(await harness.bridge.outOfSale.end('none', 'A. Person')).toBeUndefined();
    await harness.restart();
    expect(harness.bridge.outOfSale.list()).toMatchObject([{ id, setBy: 'tests', endedBy: 'A. Person' }]);
  });
});
