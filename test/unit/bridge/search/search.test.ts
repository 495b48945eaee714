/**
 * One search with several on_search callbacks: they arrive in order, and each is owed until delivered, even across
 * restarts. Also empty results, and which connectors are found by state and energy.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { SearchIntent } from '../../../../src/ports/buyer-requests.js';
import { type BridgeHarness, createBridgeHarness, NETWORK } from '../../../fakes/bridge-harness.js';
import { valueAt, readList } from '../../../../src/beckn/protocol/json-reading.js';
import { requestKey } from '../../../../src/ports/store.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
afterEach(() => harness.stop());

const search = async (intent: SearchIntent = {}): Promise<void> => {
  expect(await harness.sendRequest({ type: 'search', intent }, 'search')).toEqual({ ack: true });
  await settle(50);
};

/** Returns the connector ids in each on_search. */
const pages = (): string[][] =>
  harness.callbacks
    .filter(({ action }) => action === 'on_search')
    .map(({ body }) =>
      readList(valueAt(body, 'message', 'catalog', 'providers'))
        .flatMap((provider) => readList(valueAt(provider, 'items')))
        .filter((item) => readList(valueAt(item, 'category_ids'))[0] === 'connector')
        .map((item) => String(valueAt(item, 'id'))),
    );
const sold = (): string[] => harness.bridge.catalogue.sites.map(({ connector }) => connector.itemId);

describe('a search', () => {
  it('is told in pages, up to so many', async () => {
    harness = await createBridgeHarness(undefined, undefined, { search: { pageSize: 1, maxPages: 10 } });
    await search();
    expect(pages()).toEqual(sold().map((id) => [id]));
    expect(new Set(harness.callbacks.map(({ body }) => valueAt(body, 'context', 'message_id')))).toEqual(
      new Set(['m-1']),
    );
    expect(harness.bridge.owedRequests()).toEqual([]);
  });

  it('gets no more pages than are configured', async () => {
    harness = await createBridgeHarness(undefined, undefined, { search: { pageSize: 1, maxPages: 1 } });
    await search();
    expect(pages()).toHaveLength(1);
  });

  it('goes on after a restart with the page that has not arrived', async () => {
    harness = await createBridgeHarness(undefined, undefined, { search: { pageSize: 1, maxPages: 10 } });
    harness.behaviour.delivery = { kind: 'failed', reason: 'away' };
    await search();
    expect(pages()).toEqual([]);
    expect(harness.bridge.owedRequests()).toMatchObject([{ owed: { attempts: 1 } }]);
    harness.behaviour.delivery = { kind: 'delivered' };
    await harness.restart();
    await harness.clock.advance(60_000);
    await settle(50);
    expect(pages()).toEqual(sold().map((id) => [id]));
    expect(harness.bridge.owedRequests()).toEqual([]);
  });

  it.each(['the whole network', 'a circle'])(
    'goes on in %s where it was if stations are added meanwhile',
    async (where) => {
      harness = await createBridgeHarness(undefined, undefined, { search: { pageSize: 1, maxPages: 10 } });
      const before = sold();
      const intent = where === 'a circle' ? { circle: { latitude: 12, longitude: 77, radiusM: 5000 } } : {};
      // Each delivery reads this twice. The second page does not arrive.
      let reads = 0;
      Object.defineProperty(harness.behaviour, 'delivery', {
        get: () => ([3, 4].includes((reads += 1)) ? { kind: 'failed', reason: 'away' } : { kind: 'delivered' }),
      });
      await search(intent);
      expect(pages()).toEqual([before.slice(0, 1)]);
      const [provider] = NETWORK.providers;
      const [station] = provider?.stations ?? [];
      const [chargePoint] = station?.chargePoints ?? [];
      if (!provider || !station || !chargePoint) throw new Error('the network is empty');
      const connectors = chargePoint.connectors.map((one) => ({ ...one, itemId: `new-${one.itemId}` }));
      const added = { ...station, id: 's0', chargePoints: [{ ...chargePoint, id: 'CP0', itemId: 'CP0', connectors }] };
      await harness.restart({ ...NETWORK, providers: [{ ...provider, stations: [added, station] }] });
      await harness.clock.advance(60_000);
      await settle(50);
      expect(pages().flat()).toEqual(before);
    },
  );

  it('ends with the page that its asker refuses', async () => {
    harness = await createBridgeHarness(undefined, undefined, { search: { pageSize: 1, maxPages: 10 } });
    harness.behaviour.delivery = { kind: 'refused', reason: 'NACK' };
    await search();
    await harness.clock.advance(60_000);
    harness.behaviour.delivery = { kind: 'delivered' };
    await settle(50);
    expect(pages()).toEqual([]);
    expect(harness.bridge.owedRequests()).toEqual([]);
  });

  it('that finds nothing gets an empty catalogue, or nothing at all and leaves no trace', async () => {
    const nothing = { connectorTypes: ['NONE'] };
    harness = await createBridgeHarness();
    await search(nothing);
    expect(pages()).toEqual([[]]);
    await harness.stop();

    harness = await createBridgeHarness(undefined, undefined, { search: { emptyAnswer: 'none' } });
    await search(nothing);
    expect(pages()).toEqual([]);
    expect(harness.bridge.owedRequests()).toEqual([]);
    expect(await harness.store.request(requestKey('main/bap', 'search', 'm-1'))).toBeUndefined();
    await search({ availableOnly: true });
    // No charger is connected, so none is available.
    expect(pages()).toEqual([]);
    await harness.connect();
    await search({ availableOnly: true });
    expect(pages()).toEqual([['CP1-1', 'CP1-2']]);
  });

  it('tells the state as it was last told, not as it was when asked', async () => {
    harness = await createBridgeHarness();
    await harness.connect();
    await search({ availableOnly: true });
    await harness.sendEvent({
      type: 'connector-status-changed',
      connectorId: 1,
      status: 'Faulted',
      errorCode: 'NoError',
    });
    await search({ availableOnly: true });
    expect(pages()).toEqual([['CP1-1', 'CP1-2'], ['CP1-2']]);
  });
});

it('a search by energy finds only connectors that can sell so much', async () => {
  harness = await createBridgeHarness();
  await search({ minEnergyWh: 100_000 });
  expect(pages().flat()).toEqual(sold());
  await search({ minEnergyWh: 100_001 });
  expect(pages().at(-1)).toEqual([]);
});
