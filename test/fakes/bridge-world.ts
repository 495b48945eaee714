/** The application on a real store and a clock that stands still, between a charger and a buyer app played by the test. */
import { buyerKey } from '../../src/domain/model/order.js';
import { submit } from './buyer-requests.js';
import { DatabaseSync } from '@photostructure/sqlite';
import { DIALECTS } from '../../src/beckn/dialects/all.js';
import { ueiCharging } from '../../src/beckn/dialects/uei-charging/index.js';
import { createCallbackRenderer } from '../../src/beckn/outbound/callback-renderer.js';
import { Bridge, type BridgeDeps } from '../../src/bridge/bridge.js';
import type { BuyerRequest, Acknowledgement } from '../../src/ports/buyer-requests.js';
import type { Delivery } from '../../src/ports/callback-delivery.js';
import type { ChargerEvent, ChargerOutcome } from '../../src/ports/charger-events.js';
import type { ChargerCommandSender, ChargerCommand, CommandResult } from '../../src/ports/charger-commands.js';
import type { Store } from '../../src/ports/store.js';
import type { MeterEntry } from '../../src/ports/stored-records.js';
import type { PeerSettings } from '../../src/config/config.js';
import type { MeterSample } from '../../src/domain/model/command.js';
import type { Connector, Network } from '../../src/domain/model/network.js';
import type { Order } from '../../src/domain/model/order.js';
import type { SessionPolicy } from '../../src/domain/model/policy.js';
import { systemRandom } from '../../src/observe/system-random.js';
import { createMemoryJournal, type JournalMedium } from '../../src/store/sqlite/journal-medium.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { deliverEvent } from './deliver-event.js';
import { createEventLog, type EventLog } from './event-log.js';
import { SESSION_POLICY } from './session-policy.js';
import { createManualClock, type ManualClock, settle } from './manual-clock.js';

export const POLICY: SessionPolicy = SESSION_POLICY;

export const TARIFF = { id: 't', currency: 'INR', pricePerKwh: 1000, serviceFee: 0, taxes: [] } as const;

function connector(connectorId: number): Connector {
  return {
    connectorId,
    itemId: `CP1-${connectorId}`,
    standard: 'CCS2',
    name: 'CCS2',
    powerType: 'DC',
    maxPowerW: 60_000,
    tariff: TARIFF,
    options: { soc: 100, energy: 100_000, amount: 100_000, time: 14_400 },
    socQuoteWh: 50_000,
  };
}

export const NETWORK: Network = {
  name: 'n',
  providers: [
    {
      id: 'p1',
      name: 'P',
      stations: [
        {
          id: 's1',
          name: 'S',
          latitude: 12,
          longitude: 77,
          address: 'a',
          city: { code: 'std:080', name: 'B' },
          country: { code: 'IND', name: 'India' },
          chargePoints: [
            { id: 'CP1', itemId: 'CP1', name: 'C', code: 'C1', connectors: [connector(1), connector(2)] },
            { id: 'CP2', itemId: 'CP2', name: 'C', code: 'C2', connectors: [{ ...connector(1), itemId: 'CP2-1' }] },
          ],
        },
      ],
    },
  ],
};

export interface BridgeWorld {
  readonly clock: ManualClock;
  readonly events: EventLog;
  readonly store: Store;
  readonly bridge: Bridge;
  /** What the buyer app got, as JSON. */
  readonly told: { readonly action: string; readonly body: Record<string, never> }[];
  readonly commands: ChargerCommand[];
  /** How the buyer app and the charger answer from now on. */
  readonly behave: {
    delivery: Delivery;
    answer: (command: ChargerCommand) => CommandResult;
    diskFull: boolean;
    /** What is written is kept, but its answer is lost. */
    answersLost: boolean;
  };
  /** How many requests were sent: the last one's message id is `m-` and this. */
  asked(): number;
  ask(request: BuyerRequest, action: string, more?: { bapId?: string; transaction?: string }): Promise<Acknowledgement>;
  confirm(more?: {
    item?: string;
    paid?: number;
    wh?: number;
    transaction?: string;
    bapId?: string;
    limit?: Order['limit'];
  }): Promise<Order>;
  charger(event: ChargerEvent, id?: string): Promise<ChargerOutcome>;
  connect(id?: string): Promise<void>;
  disconnect(id?: string): Promise<void>;
  /** StartTransaction with an order's tag; the number that it got. */
  begin(order: Order, meterStartWh: number, connectorId?: number, at?: number): Promise<string>;
  sample(
    connectorId: number,
    samples: readonly Partial<MeterSample>[],
    transactionId?: string,
  ): Promise<ChargerOutcome>;
  order(id: string): Promise<Order>;
  rows(): Promise<string[]>;
  /** A new process on what the store kept. */
  restart(network?: Network): Promise<void>;
  stop(): Promise<void>;
}

const PEER: PeerSettings = { units: 'Wh', time: 's', optionCase: 'capital', sessionDetails: 'rich' };

/** @param wiring A socket edge of the test's own instead of a charger that is played word by word. */
export async function createBridgeWorld(
  network: Network = NETWORK,
  wiring?: (tools: { readonly clock: ManualClock; readonly events: EventLog }) => {
    readonly calls: ChargerCommandSender;
    readonly readMeter: BridgeDeps['readMeter'];
    readonly authority?: BridgeDeps['authority'];
  },
  more: Pick<BridgeDeps, 'paymentProvider' | 'buyerTerms'> & {
    readonly peer?: PeerSettings;
    readonly search?: Partial<BridgeDeps['searchSettings']>;
  } = {},
): Promise<BridgeWorld> {
  const { peer = PEER, search, ...extras } = more;
  const clock = createManualClock();
  const events = createEventLog();
  const database = new DatabaseSync(':memory:');
  const kept = createMemoryJournal();
  const journal: JournalMedium = Object.create(kept, {
    sync: {
      value: () => {
        if (behave.diskFull) throw new Error('database or disk is full');
      },
    },
  });
  const told: { action: string; body: Record<string, never> }[] = [];
  const commands: ChargerCommand[] = [];
  const behave: BridgeWorld['behave'] = {
    delivery: { kind: 'delivered' },
    answer: () => ({ kind: 'answered', status: 'Accepted', payload: {} }),
    diskFull: false,
    answersLost: false,
  };
  const wired = wiring?.({ clock, events });
  let generation = 0;
  let message = 0;
  const online = new Set<string>();
  const open = (): Store =>
    createSqliteStore({
      path: ':memory:',
      clock,
      journal,
      database: {
        get isTransaction() {
          return database.isTransaction;
        },
        exec: (sql) => {
          if (behave.diskFull && sql.startsWith('COMMIT')) throw new Error('database or disk is full');
          database.exec(sql);
          if (behave.answersLost && sql.startsWith('COMMIT')) throw new Error('the connection was lost');
        },
        prepare: (sql) => database.prepare(sql),
        close: () => undefined,
      },
    });
  const make = (store: Store, sold: Network): Bridge =>
    new Bridge({
      network: sold,
      policy: POLICY,
      store,
      renderer: createCallbackRenderer({
        dialects: DIALECTS,
        subscriber: { bppId: 'bpp', bppUri: 'https://bpp.example' },
        peerSettings: () => peer,
      }),
      callbackSender: {
        send: ({ action, body }) => {
          if (behave.delivery.kind === 'delivered') told.push({ action, body: JSON.parse(body) });
          return Promise.resolve(behave.delivery);
        },
      },
      commandSender: wired?.calls ?? {
        sendCommand: (_id, command) => {
          commands.push(command);
          return Promise.resolve(behave.answer(command));
        },
        isOnline: (id) => online.has(id),
      },
      authority: wired?.authority,
      clock,
      random: systemRandom,
      events,
      retryMs: [1000],
      heartbeatS: 300,
      bootRetryS: 60,
      forbiddenActions: wired ? [] : ['UpdateFirmware'],
      searchSettings: { pageSize: 250, maxPages: 8, emptyAnswer: 'empty-catalogue', ...search },
      draftTtlMs: 86_400_000,
      trackingUrl: (orderId) => `https://bpp.example/track/${orderId}`,
      readMeter: wired?.readMeter ?? ((entry: MeterEntry) => JSON.parse(entry.raw)),
      ...extras,
    });
  let store = open();
  let bridge = make(store, network);
  await store.start();
  await bridge.start();

  const world: BridgeWorld = {
    clock,
    events,
    get store() {
      return store;
    },
    get bridge() {
      return bridge;
    },
    told,
    commands,
    behave,
    asked: () => message,
    ask: (request, action, { bapId = 'bap', transaction = 'tx-1' } = {}) => {
      message += 1;
      return submit(bridge.buyerRequests, {
        network: 'main',
        bapId,
        bapUri: `https://${bapId}.example`,
        dialect: ueiCharging.name,
        action,
        messageId: `m-${message}`,
        becknTransactionId: transaction,
        digest: `d-${message}`,
        replyContext: { domain: 'uei:charging', version: '1.0.0' },
        receivedAt: clock.now(),
        request,
      });
    },
    async confirm({ item = 'CP1-1', wh = 10_000, paid, transaction = 'tx-1', bapId = 'bap', limit } = {}) {
      const receipt = await world.ask(
        {
          type: 'confirm',
          items: { itemIds: [{ id: item, path: 'message.order.items[0].id' }] },
          limit: { limit: limit ?? { kind: 'energy', value: wh } },
          payment: paid === undefined ? 'unstated' : { paid },
        },
        'confirm',
        { bapId, transaction },
      );
      if (!receipt.ack) throw new Error(JSON.stringify(receipt));
      await settle(10);
      const found = await store.orderByTransaction(buyerKey({ network: 'main', bapId }), transaction);
      if (!found) throw new Error('the confirm made no order');
      return found;
    },
    charger: async (event, id = 'CP1') => deliverEvent(bridge.chargerEvents, id, event),
    async connect(id = 'CP1') {
      generation += 1;
      online.add(id);
      bridge.chargerEvents.chargerConnected(id, { version: '1.6', generation });
      await world.charger({ type: 'booted', boot: {} }, id);
      await settle(10);
    },
    async disconnect(id = 'CP1') {
      online.delete(id);
      bridge.chargerEvents.chargerDisconnected(id, generation);
      await settle(10);
    },
    async begin(order, meterStartWh, connectorId = order.connector.connectorId, at = clock.now()) {
      const outcome = await world.charger(
        { type: 'transaction-started', connectorId, idTag: order.idTag ?? '', meterStartWh, at, raw: '{}' },
        order.connector.chargePointId,
      );
      await settle(10);
      return outcome.type === 'transaction-started' ? outcome.transactionId : '';
    },
    async sample(connectorId, partial, transactionId) {
      const samples = partial.map((sample) => ({ at: clock.now(), ...sample }));
      const outcome = await world.charger({
        type: 'meter-sampled',
        connectorId,
        samples,
        raw: JSON.stringify(samples),
        ...(transactionId !== undefined && { transactionId }),
      });
      await settle(10);
      return outcome;
    },
    async order(id) {
      await settle(10);
      const found = bridge.openOrders().find((order) => order.id === id) ?? (await store.order(id));
      if (!found) throw new Error(`no order ${id}`);
      return found;
    },
    rows: async () => (await store.listDiscrepancies({ limit: 100 })).map((row) => row.kind),
    async restart(sold = network) {
      await bridge.stop();
      await store.stop();
      online.clear();
      store = open();
      bridge = make(store, sold);
      await store.start();
      await bridge.start();
      await settle(10);
    },
    async stop() {
      await bridge.stop();
      await store.stop();
      database.close();
    },
  };
  return world;
}
