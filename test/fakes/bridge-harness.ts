/** The core of the bridge with a real store and a manual clock. The test plays the charger and the buyer app. */
import { buyerKey } from '../../src/domain/model/order.js';
import { statedAmount, submit } from './buyer-requests.js';
import { DatabaseSync } from '@photostructure/sqlite';
import { DIALECTS } from '../../src/beckn/dialects/all.js';
import { ueiCharging } from '../../src/beckn/dialects/uei-charging/index.js';
import { createCallbackRenderer } from '../../src/beckn/outbound/callback-renderer.js';
import { Bridge, type BridgeDeps } from '../../src/bridge/bridge.js';
import type { BuyerRequest, Acknowledgement } from '../../src/ports/buyer-requests.js';
import type { Delivery } from '../../src/ports/callback-delivery.js';
import type { ChargerEvent, ChargerOutcome } from '../../src/ports/charger-events.js';
import type { ChargerCommandSender, ChargerCommand, CommandResult } from '../../src/ports/charger-commands.js';
import type { FrameJournal } from '../../src/ports/frame-journal.js';
import type { Random } from '../../src/ports/runtime.js';
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

const TARIFF = { id: 't', currency: 'INR', pricePerKwh: 1000, serviceFee: 0, taxes: [] } as const;

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

export interface BridgeHarness {
  readonly clock: ManualClock;
  readonly events: EventLog;
  readonly store: Store;
  readonly bridge: Bridge;
  /** The callbacks that the buyer app received, as JSON. */
  readonly callbacks: { readonly action: string; readonly body: Record<string, never> }[];
  readonly commands: ChargerCommand[];
  /** How the buyer app, the charger and the disk behave. Tests may change it at any time. */
  readonly behaviour: {
    delivery: Delivery;
    answer: (command: ChargerCommand) => CommandResult;
    diskFull: boolean;
    /** Commits succeed, but the store reports a lost connection. */
    answersLost: boolean;
  };
  /** The number of requests sent; the message id of the last one is `m-` and this number. */
  requestCount(): number;
  sendRequest(
    request: BuyerRequest,
    action: string,
    more?: { bapId?: string; transaction?: string },
  ): Promise<Acknowledgement>;
  confirm(more?: {
    item?: string;
    paid?: number;
    wh?: number;
    transaction?: string;
    bapId?: string;
    limit?: Order['limit'];
  }): Promise<Order>;
  sendEvent(event: ChargerEvent, id?: string): Promise<ChargerOutcome>;
  /** Opens the charger's socket and boots it, unless `boots` is false. */
  connect(id?: string, more?: { version?: string; boots?: boolean }): Promise<void>;
  disconnect(id?: string): Promise<void>;
  /** Sends a StartTransaction with the tag of an order and returns its transactionId. */
  startTransaction(order: Order, meterStartWh: number, connectorId?: number, at?: number): Promise<string>;
  sendSamples(
    connectorId: number,
    samples: readonly Partial<MeterSample>[],
    transactionId?: string,
  ): Promise<ChargerOutcome>;
  order(id: string): Promise<Order>;
  discrepancies(): Promise<string[]>;
  /** Stops the bridge and starts a new one on the stored data, without its sockets. */
  restart(network?: Network): Promise<void>;
  stop(): Promise<void>;
}

const PEER: PeerSettings = { units: 'Wh', time: 's', optionCase: 'capital', sessionDetails: 'rich' };

/** @param wiring Connects a real socket edge instead of the charger played by the test. */
export async function createBridgeHarness(
  network: Network = NETWORK,
  wiring?: (tools: { readonly clock: ManualClock; readonly events: EventLog }) => {
    readonly calls: ChargerCommandSender;
    readonly readMeter: BridgeDeps['readMeter'];
    readonly authority?: BridgeDeps['authority'];
  },
  more: Partial<
    Pick<
      BridgeDeps,
      'paymentProvider' | 'buyerTerms' | 'buyerLimits' | 'forbiddenActions' | 'isDiskFull' | 'disconnect'
    >
  > & {
    readonly peer?: PeerSettings;
    readonly search?: Partial<BridgeDeps['searchSettings']>;
    /** Opens a store to use instead of the one in memory. */
    readonly openStore?: (clock: ManualClock) => Store;
    /** The time at which the clock starts, epoch ms. */
    readonly startAt?: number;
    readonly policy?: SessionPolicy;
    readonly random?: Random;
    /** Opens the frame journal, again after each restart. By default there is none. */
    readonly openFrameJournal?: (clock: ManualClock) => FrameJournal;
  } = {},
): Promise<BridgeHarness> {
  const {
    peer = PEER,
    search,
    openStore,
    openFrameJournal,
    startAt,
    policy = POLICY,
    random = systemRandom,
    ...extras
  } = more;
  const clock = createManualClock(startAt);
  if (extras.paymentProvider && 'now' in extras.paymentProvider) extras.paymentProvider.now = () => clock.now();
  const events = createEventLog();
  const database = new DatabaseSync(':memory:');
  const memoryJournal = createMemoryJournal();
  const journal: JournalMedium = Object.create(memoryJournal, {
    sync: {
      value: () => {
        if (behaviour.diskFull) throw new Error('database or disk is full');
      },
    },
  });
  const callbacks: { action: string; body: Record<string, never> }[] = [];
  const commands: ChargerCommand[] = [];
  const behaviour: BridgeHarness['behaviour'] = {
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
    openStore?.(clock) ??
    createSqliteStore({
      path: ':memory:',
      clock,
      journal,
      database: {
        get isTransaction() {
          return database.isTransaction;
        },
        exec: (sql) => {
          if (behaviour.diskFull && sql.startsWith('COMMIT')) throw new Error('database or disk is full');
          database.exec(sql);
          if (behaviour.answersLost && sql.startsWith('COMMIT')) throw new Error('the connection was lost');
        },
        prepare: (sql) => database.prepare(sql),
        close: () => undefined,
      },
    });
  const make = (store: Store, soldNetwork: Network): Bridge =>
    new Bridge({
      network: soldNetwork,
      policy,
      store,
      renderer: createCallbackRenderer({
        dialects: DIALECTS,
        subscriber: { bppId: 'bpp', bppUri: 'https://bpp.example' },
        peerSettings: () => peer,
      }),
      callbackSender: {
        send: ({ action, body }) => {
          if (behaviour.delivery.kind === 'delivered') callbacks.push({ action, body: JSON.parse(body) });
          return Promise.resolve(behaviour.delivery);
        },
      },
      commandSender: wired?.calls ?? {
        sendCommand: (_id, command) => {
          commands.push(command);
          return Promise.resolve(behaviour.answer(command));
        },
        isOnline: (id) => online.has(id),
      },
      authority: wired?.authority,
      clock,
      random,
      events,
      retryMs: [1000],
      heartbeatS: 300,
      bootRetryS: 60,
      forbiddenActions: wired ? [] : ['UpdateFirmware'],
      searchSettings: { pageSize: 250, maxPages: 8, emptyAnswer: 'empty-catalogue', ...search },
      draftTtlMs: 86_400_000,
      trackingUrl: (orderId) => `https://bpp.example/track/${orderId}`,
      readMeter: wired?.readMeter ?? ((entry: MeterEntry) => JSON.parse(entry.raw)),
      frameJournal: openFrameJournal?.(clock),
      ...extras,
    });
  let store = open();
  let bridge = make(store, network);
  await store.start();
  await bridge.start();

  const harness: BridgeHarness = {
    clock,
    events,
    get store() {
      return store;
    },
    get bridge() {
      return bridge;
    },
    callbacks,
    commands,
    behaviour,
    requestCount: () => message,
    sendRequest: (request, action, { bapId = 'bap', transaction = 'tx-1' } = {}) => {
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
      const receipt = await harness.sendRequest(
        {
          type: 'confirm',
          items: { itemIds: [{ id: item, path: 'message.order.items[0].id' }] },
          limit: { limit: limit ?? { kind: 'energy', value: wh } },
          payment: paid === undefined ? 'unstated' : { paid: statedAmount(paid) },
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
    sendEvent: async (event, id = 'CP1') => deliverEvent(bridge.chargerEvents, id, event),
    async connect(id = 'CP1', { version = '1.6', boots = true } = {}) {
      generation += 1;
      online.add(id);
      bridge.chargerEvents.chargerConnected(id, { version, generation });
      if (boots) await harness.sendEvent({ type: 'booted', boot: {} }, id);
      await settle(10);
    },
    async disconnect(id = 'CP1') {
      online.delete(id);
      bridge.chargerEvents.chargerDisconnected(id, generation);
      await settle(10);
    },
    async startTransaction(order, meterStartWh, connectorId = order.connector.connectorId, at = clock.now()) {
      const outcome = await harness.sendEvent(
        { type: 'transaction-started', connectorId, idTag: order.idTag ?? '', meterStartWh, at, raw: '{}' },
        order.connector.chargePointId,
      );
      await settle(10);
      return outcome.type === 'transaction-started' ? outcome.transactionId : '';
    },
    async sendSamples(connectorId, partial, transactionId) {
      const samples = partial.map((sample) => ({ at: clock.now(), ...sample }));
      const outcome = await harness.sendEvent({
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
    discrepancies: async () => (await store.listDiscrepancies({ limit: 100 })).map((row) => row.kind),
    async restart(soldNetwork = network) {
      await bridge.stop();
      await store.stop();
      online.clear();
      store = open();
      bridge = make(store, soldNetwork);
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
  return harness;
}
