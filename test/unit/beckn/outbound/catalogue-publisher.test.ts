/**
 * A discovery service over a real socket: publications at start, after a change and after a failure, and refused ones.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { CataloguePublisher } from '../../../../src/beckn/outbound/catalogue-publisher.js';
import { UndiciHttpClient } from '../../../../src/beckn/outbound/http-undici.js';
import type { CatalogueHit } from '../../../../src/ports/callback-delivery.js';
import type { ConnectorStatus, Site } from '../../../../src/domain/model/network.js';
import type { Slot } from '../../../../src/domain/model/reservation.js';
import { systemClock } from '../../../../src/observe/system-clock.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { becknCheck } from '../../../../src/schema/validators.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { startHttpPeer } from '../../../fakes/http-peer.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { until } from '../../../fakes/until.js';
import { siteOf } from '../samples.js';

const DAY = 86_400_000;

async function open(answers: readonly number[] = []) {
  const left = [...answers];
  const peer = await startHttpPeer((response) => {
    response.writeHead(left.shift() ?? 200, { 'content-type': 'application/json' });
    response.end('{"message":{"ack":{"status":"ACK"}}}');
  });
  const clock = createManualClock();
  const events = createEventLog();
  const http = new UndiciHttpClient(systemClock);
  const rows: string[] = [];
  const status: Record<number, ConnectorStatus> = { 1: 'Available', 2: 'Available' };
  let held: Slot | undefined;
  let replaced: (change: { readonly noLongerSold: readonly Site[] }) => void = () => undefined;
  let changed: (chargePointId: string) => void = () => undefined;
  const hit = (connectorId: 1 | 2): CatalogueHit => {
    const now = clock.now();
    const end = now + DAY;
    const free =
      held && connectorId === 1
        ? [
            { from: now, until: held.from },
            { from: held.until, until: end },
          ]
        : [{ from: now, until: end }];
    return {
      site: siteOf(connectorId),
      state: { status: status[connectorId] ?? 'Available', errorCode: 'NoError', at: 0 },
      freeSlots: free,
    };
  };
  const publisher = new CataloguePublisher({
    availability: { hits: () => [hit(1), hit(2)], onChange: (listener) => (changed = listener) },
    catalogue: { network: { name: 'Acme' }, onReplaced: (listener) => (replaced = listener) },
    availabilityWindowMs: DAY,
    url: `${peer.url}/beckn/catalog/publish`,
    subscriberId: 'cds.example',
    subscriber: { bppId: 'bpp', bppUri: 'https://bpp.example' },
    authorize: (body) => `signed ${body.length}`,
    http,
    clock,
    random: systemRandom,
    events,
    openDiscrepancy: async (detail) => void rows.push(detail),
    batchIntervalMs: 5000,
    fullPublishIntervalMs: 6 * 3_600_000,
    retryDelaysMs: [1000, 60_000],
    timeoutMs: 5000,
  });
  cleanup.push(async () => {
    await publisher.stop();
    await http.close();
    await peer.close();
  });
  publisher.start();
  const reported = (): string[][] =>
    peer.received.map(({ body }) => {
      const message = JSON.parse(body.toString('utf8')) as {
        message: { catalogs: { 'beckn:items': { 'beckn:id': string }[] }[] };
      };
      expect(becknCheck('ubc-2.0.0', 'catalog_publish')?.(message)).toBeUndefined();
      return message.message.catalogs.flatMap((one) => one['beckn:items'].map((item) => item['beckn:id']));
    });
  /** Waits until this number of publication rounds has ended, successfully or not. */
  const rounds = (count: number): Promise<unknown> =>
    until(clock, () => events.of('catalogue.published').length + events.of('catalogue.failed').length >= count);
  return {
    clock,
    events,
    rows,
    status,
    publisher,
    reported,
    rounds,
    received: peer.received,
    book: (slot: Slot | undefined) => void (held = slot),
    change: () => changed('CP7'),
    replace: (site: Site) => replaced({ noLongerSold: [site] }),
  };
}

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanup.splice(0)) await close();
});

describe('the catalogue publisher', () => {
  it('tells everything at start, signed over its bytes', async () => {
    const { clock, rounds, reported, received } = await open();
    await clock.advance(0);
    await rounds(1);
    expect(reported()).toEqual([['cp-7-1', 'cp-7-2']]);
    expect(received[0]?.path).toBe('/beckn/catalog/publish');
    expect(received[0]?.headers.authorization).toBe(`signed ${received[0]?.body.length}`);
  });

  it('tells what changed alone, gathered: a status, a booked slot; time that passes is no change', async () => {
    const { clock, rounds, reported, status, change, book } = await open();
    await clock.advance(0);
    await rounds(1);
    status[2] = 'Faulted';
    change();
    await clock.advance(4000);
    change();
    expect(reported()).toHaveLength(1);
    await clock.advance(1000);
    await rounds(2);
    book({ from: clock.now() + 3_600_000, until: clock.now() + 7_200_000 });
    change();
    await clock.advance(5000);
    await rounds(3);
    change();
    await clock.advance(5000);
    expect(reported().slice(1)).toEqual([['cp-7-2'], ['cp-7-1']]);
  });

  it('publishes a new network in full, and what is no longer sold once more, as unavailable', async () => {
    const { clock, rounds, reported, received, replace } = await open();
    await clock.advance(0);
    await rounds(1);
    const { chargePoint, connector, ...place } = siteOf(2);
    const removed = {
      ...place,
      chargePoint: { ...chargePoint, id: 'CP9' },
      connector: { ...connector, itemId: 'cp-9-2' },
    };
    replace(removed);
    await clock.advance(5000);
    await rounds(2);
    expect(reported()[1]).toEqual(['cp-7-1', 'cp-7-2', 'cp-9-2']);
    const text = received[1]?.body.toString('utf8') ?? '';
    expect(text.match(/"beckn:isActive":(?:true|false)/g)?.map((one) => one.endsWith('true'))).toEqual([
      true,
      true,
      false,
    ]);
    replace(siteOf(2));
    await clock.advance(5000);
    await rounds(3);
    expect(reported()[2]).toEqual(['cp-7-1', 'cp-7-2']);
  });

  it('tries again after a failure, after longer and longer waits, and loses no change', async () => {
    const { clock, rounds, reported, events, status, change } = await open([200, 503, 503]);
    await clock.advance(0);
    await rounds(1);
    status[1] = 'Unavailable';
    change();
    await clock.advance(5000);
    await rounds(2);
    await clock.advance(1000);
    await rounds(3);
    await clock.advance(59_000);
    expect(reported()).toHaveLength(3);
    await clock.advance(1000);
    await rounds(4);
    expect(reported().slice(1)).toEqual([['cp-7-1'], ['cp-7-1'], ['cp-7-1']]);
    expect(events.of('catalogue.failed').map(({ failures }) => failures)).toEqual([1, 2]);
  });

  it('sets no timer once it is stopped', async () => {
    const { clock, rounds, publisher, replace } = await open();
    await clock.advance(0);
    await rounds(1);
    await publisher.stop();
    replace(siteOf(2));
    expect(clock.pending()).toBe(0);
  });

  it('tells everything again before what it told runs out', async () => {
    const { clock, rounds, reported } = await open();
    await clock.advance(0);
    await rounds(1);
    await clock.advance(6 * 3_600_000);
    await rounds(2);
    expect(reported()[1]).toEqual(['cp-7-1', 'cp-7-2']);
  });

  it('does not take for published what was refused: it tells it again with the next change', async () => {
    const { clock, rounds, reported, rows, status, change } = await open([400]);
    await clock.advance(0);
    await until(clock, () => rows.length === 1);
    status[2] = 'Faulted';
    change();
    await clock.advance(5000);
    await rounds(1);
    expect(reported()[1]).toEqual(['cp-7-1', 'cp-7-2']);
    change();
    await clock.advance(5000);
    expect(reported()).toHaveLength(2);
  });

  it('does not take for published what the service rejects later', async () => {
    const { clock, rounds, reported, change, publisher } = await open();
    await clock.advance(0);
    await rounds(1);
    const catalogueId = 'catalog-acme';
    const reject = (catalog_id: unknown): Promise<void> =>
      publisher.callbackReceiver.handleCallback({
        message: { results: [{ catalog_id, status: 'REJECTED', error: { message: 'Item 1.' } }] },
      });
    await reject('of-another');
    change();
    await clock.advance(5000);
    expect(reported()).toHaveLength(1);
    await reject(catalogueId);
    change();
    await clock.advance(5000);
    await rounds(2);
    expect(reported()[1]).toEqual(['cp-7-1', 'cp-7-2']);
  });

  it('opens a row for what is refused, at once or in its own on_catalog_publish', async () => {
    const { clock, rows, events, publisher } = await open([400]);
    await clock.advance(0);
    await until(clock, () => rows.length === 1);
    const results = [
      { catalog_id: 'catalog-acme', status: 'ACCEPTED', item_count: 2 },
      { catalog_id: 'catalog-other', status: 'REJECTED', error: { code: 'INVALID_ITEM', message: 'Item 3.' } },
    ];
    await publisher.callbackReceiver.handleCallback({
      context: { action: 'on_catalog_publish' },
      message: { results },
    });
    expect(rows).toEqual([
      'cds.example on all: HTTP 400',
      'cds.example on catalog-other: REJECTED: INVALID_ITEM Item 3.',
    ]);
    expect(events.of('catalogue.rejected')).toHaveLength(2);
  });
});
