/** A dialect's own filter is applied before a search is paged: pages are full, and none follows the last hit. */
import { afterEach, describe, expect, it } from 'vitest';
import { valueAt, readList } from '../../../../src/beckn/protocol/json-reading.js';
import { ubc } from '../../../../src/beckn/dialects/ubc/index.js';
import { requestKey } from '../../../../src/ports/store.js';
import { readNetwork } from '../../../../src/config/network-file/load-network.js';
import type { Network } from '../../../../src/domain/model/network.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
afterEach(() => harness.stop());

/**
 * Returns charge points with one connector each: every tenth is a 60 kW connector of `standard`, the others are 7.4 kW
 * sockets.
 */
function sold(count: number, standard = 'CCS2'): Network {
  const fast = { standard, powerType: 'DC', maxPowerW: 60_000 };
  const slow = { standard: 'Type2', powerType: 'AC', maxPowerW: 7400 };
  const read = readNetwork({
    name: 'n',
    tariffs: { t: { currency: 'INR', pricePerKwh: 1800, serviceFee: 0, taxes: [] } },
    providers: [
      {
        id: 'p1',
        name: 'P',
        operatorCode: 'ACM',
        stations: [
          {
            id: 'S1',
            name: 'S',
            latitude: 12,
            longitude: 77,
            address: 'a',
            city: { code: 'std:080', name: 'B' },
            country: { code: 'IND', name: 'India' },
            chargePoints: Array.from({ length: count }, (_, index) => ({
              id: `CP${index}`,
              connectors: [
                {
                  connectorId: 1,
                  ubcId: `C${index}`,
                  tariff: 't',
                  options: { energy: 60_000 },
                  ...(index % 10 === 9 ? fast : slow),
                },
              ],
            })),
          },
        ],
      },
    ],
  });
  if ('problems' in read) throw new Error(read.problems.join('\n'));
  return read.network;
}

const FAST = "$[?(@.beckn:itemAttributes.connectorType == 'CCS2')]";

async function discover(filter?: string): Promise<void> {
  await harness.bridge.buyerRequests.search({
    network: 'main',
    bapId: 'bap',
    bapUri: 'https://bap.example',
    dialect: ubc.name,
    action: 'discover',
    messageId: 'm-1',
    becknTransactionId: 't-1',
    digest: 'd-1',
    replyContext: ubc.replyContext({}),
    receivedAt: harness.clock.now(),
    request: { type: 'search', intent: filter === undefined ? {} : { filter } },
  });
  await settle(200);
}

const pages = (): string[][] =>
  harness.callbacks.map(({ body }) =>
    readList(valueAt(body, 'message', 'catalogs'))
      .flatMap((catalogue) => readList(valueAt(catalogue, 'beckn:items')))
      .map((item) => String(valueAt(item, 'beckn:id'))),
  );

describe('a search with a filter of its dialect', () => {
  it('has full pages, and none after the last hit', async () => {
    harness = await createBridgeHarness(sold(100), undefined, { search: { pageSize: 5, maxPages: 8 } });
    await discover(FAST);
    expect(pages()).toEqual([
      ['C9', 'C19', 'C29', 'C39', 'C49'],
      ['C59', 'C69', 'C79', 'C89', 'C99'],
    ]);
  });

  it('gets all its pages, however far apart its hits lie', async () => {
    harness = await createBridgeHarness(sold(1000), undefined, { search: { pageSize: 20, maxPages: 3 } });
    await discover(FAST);
    expect(pages().map((page) => page.length)).toEqual([20, 20, 20]);
    expect(pages()[2]?.at(-1)).toBe('C599');
  });

  it('is empty only when nothing in the network fits', async () => {
    harness = await createBridgeHarness(sold(100), undefined, { search: { pageSize: 5, maxPages: 8 } });
    await discover("$[?(@.beckn:itemAttributes.connectorType == 'CHAdeMO')]");
    expect(pages()).toEqual([[]]);
  });

  it('that finds nothing is told nothing where that is so configured', async () => {
    harness = await createBridgeHarness(sold(100), undefined, { search: { pageSize: 5, emptyAnswer: 'none' } });
    await discover("$[?(@.beckn:itemAttributes.connectorType == 'CHAdeMO')]");
    expect(pages()).toEqual([]);
    expect(harness.bridge.owedRequests()).toEqual([]);
    expect((await harness.store.request(requestKey('main/bap', 'discover', 'm-1')))?.owed).toBeUndefined();
  });

  it('without one, what the dialect has no words for takes no place on a page', async () => {
    harness = await createBridgeHarness(sold(30, 'Tesla'), undefined, { search: { pageSize: 9, maxPages: 8 } });
    await discover();
    expect(pages().map((page) => page.length)).toEqual([9, 9, 9]);
  });

  it('goes on where it was after a restart', async () => {
    harness = await createBridgeHarness(sold(100), undefined, { search: { pageSize: 5, maxPages: 8 } });
    harness.behaviour.delivery = { kind: 'failed', reason: 'away' };
    await discover(FAST);
    harness.behaviour.delivery = { kind: 'delivered' };
    await harness.restart();
    await harness.clock.advance(60_000);
    await settle(200);
    expect(pages().map((page) => page.length)).toEqual([5, 5]);
  });
});
