/** The bridge as a process that starts from its store and can be killed at any moment, as by `kill -9`. */
import { DatabaseSync } from '@photostructure/sqlite';
import { keyPairFromSeed, encodeKeyPair } from '../../src/beckn/signing/key-material.js';
import { type RegistryRecord, RegistryFault } from '../../src/beckn/registry/registry.js';
import { armCrashPoint } from '../../src/bridge/orders/crash-points.js';
import type { HttpClient } from '../../src/ports/http.js';
import type { Clock } from '../../src/ports/runtime.js';
import type { Store } from '../../src/ports/store.js';
import { compose, type Composition } from '../../src/app/compose.js';
import type { Network } from '../../src/domain/model/network.js';
import { v16 } from '../../src/ocpp/versions/v16/v16.js';
import { BoundedFrameJournal } from '../../src/store/disk/frame-journal.js';
import type { SqliteHandle } from '../../src/store/sqlite/connection.js';
import { createMemoryJournal, type JournalMedium } from '../../src/store/sqlite/journal-medium.js';
import { type AbandonableStore, createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import type { SeededRandom } from './seeded-random.js';
import type { Faults } from './faults.js';
import type { History } from './history.js';
import type { ChargerConnection } from './charger-connection.js';
import { BPP, configOf } from './settings.js';
import type { VirtualTime } from './virtual-clock.js';

/** The places where a test injects a bug. Each function wraps what the bridge would get. */
export interface Interceptors {
  readonly store?: (store: Store, clock: Clock) => Store;
  readonly clock?: (clock: Clock) => Clock;
  readonly http?: (http: HttpClient, clock: Clock) => HttpClient;
  readonly network?: (network: Network) => Network;
  readonly parts?: (parts: Composition, clock: Clock) => void;
}

export interface NodeEnvironment {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly history: History;
  readonly http: (alive: () => boolean) => HttpClient;
  readonly registry: readonly RegistryRecord[];
  readonly network: (percent: number) => Network;
  readonly interceptors: Interceptors;
  /** The order states seen, and the bugs that the bridge itself reports. */
  readonly states: Map<string, number>;
  readonly bugs: string[];
}

interface BridgeProcess {
  readonly life: { alive: boolean };
  readonly store: AbandonableStore;
  readonly parts: Composition;
}

/** So small that it is full at times. */
const FRAME_JOURNAL_BYTES = 1 << 14;

export class Node {
  readonly #environment: NodeEnvironment;
  readonly #database = new DatabaseSync(':memory:');
  readonly #journal = createMemoryJournal();
  readonly #frames = createMemoryJournal();
  #connections = new Set<ChargerConnection>();
  #process: BridgeProcess | undefined;
  #ready = false;
  #stepsToCrash = 0;
  #hostOffsetMs = 0;
  storeFails = false;
  registryAway = false;
  kills = 0;

  constructor(environment: NodeEnvironment) {
    this.#environment = environment;
  }

  get up(): boolean {
    return this.#ready;
  }

  get parts(): Composition | undefined {
    return this.#ready ? this.#process?.parts : undefined;
  }

  get store(): Store | undefined {
    return this.#process?.store;
  }

  /** Returns a function that tells whether the current process still runs. */
  aliveCheck(): () => boolean {
    const current = this.#process;
    return () => current !== undefined && current === this.#process && current.life.alive;
  }

  boot(): void {
    const { time, interceptors, faults, history, random } = this.#environment;
    const life = { alive: true };
    const alive = (): boolean => life.alive;
    const hostOffsetMs = this.#hostOffset();
    const plain = time.clock(alive, hostOffsetMs);
    const clock = interceptors.clock?.(plain) ?? plain;
    const store = createSqliteStore({ path: ':memory:', clock: plain, ...this.#disk() });
    const http = this.#environment.http(alive);
    const percent = this.#percent();
    const network = this.#environment.network(percent);
    const parts = compose({
      config: configOf(),
      secrets: { signingKey: BPP_SECRET, operatorToken: '', chargePointPasswords: new Map() },
      network: interceptors.network?.(network) ?? network,
      adapters: {
        clock,
        random: random.port(),
        store: interceptors.store?.(store, plain) ?? store,
        http: interceptors.http?.(http, plain) ?? http,
        dns: { resolve: () => Promise.resolve(['8.8.8.8']) },
        registry: { lookup: ({ subscriberId }) => this.#lookup(subscriberId) },
        events: { emit: (name, detail) => this.#recordEvent(name, detail) },
        frameJournal: new BoundedFrameJournal({
          openMedium: () => this.#frames,
          capacityBytes: FRAME_JOURNAL_BYTES,
          clock: plain,
          events: { emit: (name, detail) => this.#recordEvent(name, detail) },
        }).open(),
      },
      address: { bppUri: BPP.uri },
    });
    interceptors.parts?.(parts, plain);
    this.#process = { life, store, parts };
    this.#stepsToCrash = faults.has('crash-point') ? random.between(20, 600) : 0;
    armCrashPoint(() => this.#countCrashPoint());
    store
      .start()
      .then(() => parts.start())
      .then(
        () => {
          if (!life.alive) return;
          this.#ready = true;
          history.add({ kind: 'up', percent, hostOffsetMs });
        },
        () => {
          // A process that cannot start exits, and its supervisor starts it again.
          if (life.alive) this.kill(2000);
        },
      );
  }

  /** The host's clock is sometimes stepped while no process runs, ms. */
  #hostOffset(): number {
    const { faults, random } = this.#environment;
    if (this.kills > 0 && faults.strikes('host-clock-step', random, 0.4))
      this.#hostOffsetMs = random.pick([-86_400_000, 0, 86_400_000]);
    return this.#hostOffsetMs;
  }

  /** Every other process has different prices. */
  #percent(): number {
    const { faults } = this.#environment;
    if (!faults.has('new-prices') || this.kills % 2 === 0) return 100;
    faults.count('new-prices');
    return this.kills % 4 === 1 ? 150 : 60;
  }

  #countCrashPoint(): void {
    if (this.#stepsToCrash === 0 || --this.#stepsToCrash > 0 || !this.#environment.faults.has('crash-point')) return;
    this.#environment.faults.count('crash-point');
    this.kill(this.#environment.random.between(400, 20_000));
  }

  /** Kills the process: nothing more is sent or written. A new one boots after `downMs`. */
  kill(downMs: number): void {
    const dead = this.#process;
    if (!dead?.life.alive) return;
    this.kills += 1;
    dead.life.alive = false;
    this.#ready = false;
    dead.store.abandon();
    this.#environment.history.add({ kind: 'killed' });
    const connections = this.#connections;
    this.#connections = new Set();
    for (const connection of connections) connection.handleProcessDeath();
    this.#environment.time.after(downMs, () => this.boot());
  }

  /** Accepts the connection of a charger. Returns false when the bridge is down. */
  accept(connection: ChargerConnection): boolean {
    const current = this.#process;
    if (!this.#ready || !current) return false;
    const { port } = connection;
    const guarded: typeof port = Object.create(port, {
      send: { value: (text: string) => current.life.alive && port.send(text) },
      close: { value: () => current.life.alive && port.close(1000, '') },
      terminate: { value: () => current.life.alive && port.terminate() },
      ping: { value: () => current.life.alive && port.ping() },
    });
    this.#connections.add(connection);
    connection.listener = current.parts.connections.attach(guarded, {
      chargePointId: connection.charger,
      version: v16,
      profile: 2,
    });
    return true;
  }

  get connections(): readonly ChargerConnection[] {
    return [...this.#connections].filter((connection) => connection.open);
  }

  #lookup(subscriberId: string): Promise<RegistryRecord[]> {
    if (this.registryAway) return Promise.reject(new RegistryFault('away'));
    return Promise.resolve(this.#environment.registry.filter((record) => record.subscriberId === subscriberId));
  }

  #recordEvent(name: string, detail: { readonly [key: string]: unknown } | undefined): void {
    const { states, bugs, time } = this.#environment;
    if (name === 'order.changed') states.set(String(detail?.['to']), (states.get(String(detail?.['to'])) ?? 0) + 1);
    if (name === 'bug' || name === 'callback.invalid') {
      const error = detail?.['error'];
      const stack = error instanceof Error ? error.stack : '';
      bugs.push(`${time.now()} ${name} ${JSON.stringify(detail)} ${stack}`);
    }
  }

  /** The database and its meter journal; their disk is full while the store fails. */
  #disk(): { database: SqliteHandle; journal: JournalMedium } {
    const database = this.#database;
    const full = (): void => {
      if (this.storeFails) throw new Error('database or disk is full');
    };
    const journal: JournalMedium = Object.create(this.#journal, { sync: { value: full } });
    const handle: SqliteHandle = {
      get isTransaction() {
        return database.isTransaction;
      },
      exec: (sql) => {
        if (sql.startsWith('COMMIT')) full();
        database.exec(sql);
      },
      prepare: (sql) => database.prepare(sql),
      close: () => undefined,
    };
    return { database: handle, journal };
  }

  close(): void {
    if (this.#process) this.#process.life.alive = false;
    armCrashPoint(undefined);
    this.#database.close();
  }
}

const BPP_SECRET = encodeKeyPair(keyPairFromSeed(new Uint8Array(32).fill(7))).secretKey;
