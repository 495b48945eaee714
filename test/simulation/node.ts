/** The bridge as a process: composed again on what its store kept, killed at any moment as by `kill -9`. */
import { DatabaseSync } from '@photostructure/sqlite';
import { keyPairFromSeed, encodeKeyPair } from '../../src/beckn/signing/key-material.js';
import type { RegistryRecord } from '../../src/beckn/registry/registry.js';
import { RegistryFault } from '../../src/beckn/registry/registry.js';
import { armCrashPoint } from '../../src/bridge/orders/crash-points.js';
import type { HttpClient } from '../../src/ports/http.js';
import type { Clock } from '../../src/ports/runtime.js';
import type { Store } from '../../src/ports/store.js';
import { compose, type Composition } from '../../src/app/compose.js';
import type { Network } from '../../src/domain/model/network.js';
import { v16 } from '../../src/ocpp/versions/v16/v16.js';
import type { SqliteHandle } from '../../src/store/sqlite/connection.js';
import { createMemoryJournal, type JournalMedium } from '../../src/store/sqlite/journal-medium.js';
import { type AbandonableStore, createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import type { Chance } from './chance.js';
import type { Faults } from './faults.js';
import type { History } from './history.js';
import type { Link } from './link.js';
import { BPP, configOf } from './settings.js';
import type { VirtualTime } from './virtual-clock.js';

/** Where a test may plant a bug: each takes what the bridge would get and hands on something worse. */
export interface Plants {
  readonly store?: (store: Store, clock: Clock) => Store;
  readonly clock?: (clock: Clock) => Clock;
  readonly http?: (http: HttpClient, clock: Clock) => HttpClient;
  readonly network?: (network: Network) => Network;
  readonly parts?: (parts: Composition, clock: Clock) => void;
}

export interface NodeWorld {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly history: History;
  readonly http: (alive: () => boolean) => HttpClient;
  readonly registry: readonly RegistryRecord[];
  readonly network: (percent: number) => Network;
  readonly plants: Plants;
  /** Order states seen, and what the bridge itself calls a bug. */
  readonly states: Map<string, number>;
  readonly bugs: string[];
}

interface Incarnation {
  readonly life: { alive: boolean };
  readonly store: AbandonableStore;
  readonly parts: Composition;
}

export class Node {
  readonly #world: NodeWorld;
  readonly #database = new DatabaseSync(':memory:');
  readonly #journal = createMemoryJournal();
  #links = new Set<Link>();
  #now: Incarnation | undefined;
  #ready = false;
  #chaosIn = 0;
  storeFails = false;
  registryAway = false;
  kills = 0;

  constructor(world: NodeWorld) {
    this.#world = world;
  }

  get up(): boolean {
    return this.#ready;
  }

  get parts(): Composition | undefined {
    return this.#ready ? this.#now?.parts : undefined;
  }

  get store(): Store | undefined {
    return this.#now?.store;
  }

  /** Whether this very process still runs. */
  presence(): () => boolean {
    const mine = this.#now;
    return () => mine !== undefined && mine === this.#now && mine.life.alive;
  }

  boot(): void {
    const { time, plants, faults, history, chance } = this.#world;
    const life = { alive: true };
    const alive = (): boolean => life.alive;
    const plain = time.clock(alive);
    const clock = plants.clock?.(plain) ?? plain;
    const store = createSqliteStore({ path: ':memory:', clock: plain, ...this.#disk() });
    const http = this.#world.http(alive);
    const percent = this.#percent();
    const network = this.#world.network(percent);
    const parts = compose(
      configOf(),
      { signingKey: BPP_SECRET, operatorToken: '', operatorTokenFile: '', chargePointPasswords: new Map() },
      plants.network?.(network) ?? network,
      {
        clock,
        random: chance.port(),
        store: plants.store?.(store, plain) ?? store,
        http: plants.http?.(http, plain) ?? http,
        dns: { resolve: () => Promise.resolve(['8.8.8.8']) },
        registry: { lookup: ({ subscriberId }) => this.#lookup(subscriberId) },
        events: { emit: (name, detail) => this.#note(name, detail) },
      },
      { bppUri: BPP.uri },
    );
    plants.parts?.(parts, plain);
    this.#now = { life, store, parts };
    this.#chaosIn = faults.has('chaos-kill') ? chance.between(20, 600) : 0;
    armCrashPoint(() => this.#chaos());
    store
      .start()
      .then(() => parts.start())
      .then(
        () => {
          if (!life.alive) return;
          this.#ready = true;
          history.add({ kind: 'up', percent });
        },
        () => {
          // What cannot start ends, and is started again by whoever watches over it.
          if (life.alive) this.kill(2000);
        },
      );
  }

  /** Every other life has other prices. */
  #percent(): number {
    const { faults } = this.#world;
    if (!faults.has('new-prices') || this.kills % 2 === 0) return 100;
    faults.count('new-prices');
    return this.kills % 4 === 1 ? 150 : 60;
  }

  #chaos(): void {
    if (this.#chaosIn === 0 || --this.#chaosIn > 0 || !this.#world.faults.has('chaos-kill')) return;
    this.#world.faults.count('chaos-kill');
    this.kill(this.#world.chance.between(400, 20_000));
  }

  /** Nothing more leaves, nothing more is written; everything starts again after a while. */
  kill(downMs: number): void {
    const dead = this.#now;
    if (!dead?.life.alive) return;
    this.kills += 1;
    dead.life.alive = false;
    this.#ready = false;
    dead.store.abandon();
    this.#world.history.add({ kind: 'killed' });
    const links = this.#links;
    this.#links = new Set();
    for (const link of links) link.bridgeGone();
    this.#world.time.after(downMs, () => this.boot());
  }

  /** A charger connects. False: nobody listens. */
  take(link: Link): boolean {
    const mine = this.#now;
    if (!this.#ready || !mine) return false;
    const { port } = link;
    const guarded: typeof port = Object.create(port, {
      send: { value: (text: string) => mine.life.alive && port.send(text) },
      close: { value: () => mine.life.alive && port.close(1000, '') },
      terminate: { value: () => mine.life.alive && port.terminate() },
      ping: { value: () => mine.life.alive && port.ping() },
    });
    this.#links.add(link);
    link.listener = mine.parts.connections.attach(guarded, {
      chargePointId: link.charger,
      version: v16,
      profile: 2,
    });
    return true;
  }

  get links(): readonly Link[] {
    return [...this.#links].filter((link) => link.open);
  }

  #lookup(subscriberId: string): Promise<RegistryRecord[]> {
    if (this.registryAway) return Promise.reject(new RegistryFault('away'));
    return Promise.resolve(this.#world.registry.filter((record) => record.subscriberId === subscriberId));
  }

  #note(name: string, detail: { readonly [key: string]: unknown } | undefined): void {
    const { states, bugs, time } = this.#world;
    if (name === 'order.changed') states.set(String(detail?.['to']), (states.get(String(detail?.['to'])) ?? 0) + 1);
    if (name === 'bug' || name === 'callback.invalid') {
      const error = detail?.['error'];
      const stack = error instanceof Error ? error.stack : '';
      bugs.push(`${time.now()} ${name} ${JSON.stringify(detail)} ${stack}`);
    }
  }

  /** The one database and its meter journal; their disk is full while the store fails. */
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
    if (this.#now) this.#now.life.alive = false;
    armCrashPoint(undefined);
    this.#database.close();
  }
}

const BPP_SECRET = encodeKeyPair(keyPairFromSeed(new Uint8Array(32).fill(7))).secretKey;
