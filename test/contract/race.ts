/**
 * Many buyer apps confirm one connector at the same moment, with the whole core and a real store: one of them gets it.
 */
import { expect } from 'vitest';
import { ueiCharging } from '../../src/beckn/dialects/uei-charging/index.js';
import { createCallbackRenderer } from '../../src/beckn/outbound/callback-renderer.js';
import { Bridge } from '../../src/bridge/bridge.js';
import type { ChargerCommand } from '../../src/ports/charger-commands.js';
import type { Store } from '../../src/ports/store.js';
import { holdsConnector } from '../../src/domain/model/order.js';
import type { Slot } from '../../src/domain/model/reservation.js';
import { systemClock } from '../../src/observe/system-clock.js';
import { systemRandom } from '../../src/observe/system-random.js';
import { eventually } from '../e2e/waiting.js';
import { NETWORK, POLICY } from '../fakes/bridge-harness.js';
import { createEventLog } from '../fakes/event-log.js';

interface ConfirmResult {
  readonly bapId: string;
  readonly error: string | undefined;
}

/** @param stores One store per node. Nodes on one database share only its data. */
export async function race(stores: readonly Store[], buyers: number, slot?: Slot): Promise<void> {
  const results: ConfirmResult[] = [];
  const commands: ChargerCommand[] = [];
  const nodes = stores.map((store) => nodeOn(store, results, commands));
  for (const node of nodes) {
    await node.start();
    node.chargerEvents.chargerConnected('CP1', { version: '1.6', generation: 1 });
    await node.chargerEvents.handlers.booted('CP1', { type: 'booted', boot: {} });
  }
  const names = Array.from({ length: buyers }, (_, index) => `bap-${index}`);
  const receipts = await Promise.all(
    names.map((bapId, index) => confirm(nodes[index % nodes.length] as Bridge, bapId, slot)),
  );
  expect(receipts).toEqual(names.map(() => ({ ack: true })));
  await eventually('every buyer app has an answer', () => results.length === buyers);

  expect(results.filter(({ error }) => error === undefined)).toHaveLength(1);
  for (const { error } of results) expect([undefined, slot ? '40000' : '40002', '40002']).toContain(error);
  const [store] = stores;
  const orders = (await store?.listOrders({ limit: 50 })) ?? [];
  const promised = orders.filter((order) => order.idTag !== undefined);
  expect(promised.map(({ customer }) => customer.bapId)).toEqual(
    results.flatMap((one) => (one.error ? [] : [one.bapId])),
  );
  if (!slot) {
    expect(promised.filter(holdsConnector)).toHaveLength(1);
    // The start is recorded in the store before it is sent.
    await eventually('the start', () => commands.some(({ type }) => type === 'remote-start'));
    const starts = commands.flatMap((command) => (command.type === 'remote-start' ? [command.idTag] : []));
    expect(starts).toEqual(promised.map(({ idTag }) => idTag));
  }
  for (const node of nodes) await node.stop();
}

function confirm(node: Bridge, bapId: string, slot: Slot | undefined) {
  return node.buyerRequests.confirm({
    network: 'main',
    bapId,
    bapUri: `https://${bapId}.example`,
    dialect: ueiCharging.name,
    action: 'confirm',
    messageId: `m-${bapId}`,
    becknTransactionId: `t-${bapId}`,
    digest: 'd',
    replyContext: { domain: 'uei:charging', version: '1.0.0' },
    receivedAt: systemClock.now(),
    request: {
      type: 'confirm',
      items: { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] },
      limit: { limit: { kind: 'energy', value: 10_000 } },
      payment: 'unstated',
      ...(slot && { slot: { slot } }),
    },
  });
}

function nodeOn(store: Store, results: ConfirmResult[], commands: ChargerCommand[]): Bridge {
  return new Bridge({
    network: NETWORK,
    policy: POLICY,
    store,
    renderer: createCallbackRenderer({
      dialects: [ueiCharging],
      subscriber: { bppId: 'bpp', bppUri: 'https://bpp.example' },
      peerSettings: () => ({ units: 'Wh', time: 's', optionCase: 'capital', sessionDetails: 'rich' }),
    }),
    callbackSender: {
      send: ({ action, bapId, body }) => {
        const { error } = JSON.parse(body) as { readonly error?: { readonly code: string } };
        if (action === 'on_confirm') results.push({ bapId, error: error?.code });
        return Promise.resolve({ kind: 'delivered' });
      },
    },
    commandSender: {
      sendCommand: (_id, command) => {
        commands.push(command);
        return Promise.resolve({ kind: 'answered', status: 'Accepted', payload: {} });
      },
      isOnline: () => true,
    },
    clock: systemClock,
    random: systemRandom,
    events: createEventLog(),
    retryMs: [1000],
    heartbeatS: 300,
    bootRetryS: 60,
    searchSettings: { pageSize: 250, maxPages: 8, emptyAnswer: 'empty-catalogue' },
    forbiddenActions: [],
    draftTtlMs: 86_400_000,
    trackingUrl: (orderId) => `https://bpp.example/track/${orderId}`,
    readMeter: () => [],
  });
}
