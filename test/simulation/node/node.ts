/** The bridge as a process that starts from its store and can be killed at any moment, as with `kill -9`. */
import { keyPairFromSeed, encodeKeyPair } from '../../../src/beckn/signing/key-material.js';
import { type RegistryRecord, RegistryFault } from '../../../src/beckn/registry/registry.js';
import { armCrashPoint } from '../../../src/bridge/orders/crash-points.js';
import type { HttpClient } from '../../../src/ports/http.js';
import type { Clock } from '../../../src/ports/runtime.js';
import type { Store } from '../../../src/ports/store.js';
import { compose, type Composition } from '../../../src/app/compose.js';
import type { Network } from '../../../src/domain/model/network.js';
import { BoundedFrameJournal } from '../../../src/store/disk/frame-journal.js';
import { createMemoryJournal } from '../../../src/store/sqlite/journal-medium.js';
import type { AbandonableStore } from '../../../src/store/sqlite/sqlite-store.js';
import type { SeededRandom } from '../runtime/seeded-random.js';
import type { Faults } from '../faults.js';
import type { History } from '../runtime/history.js';
import type { ChargerConnection } from '../charger/charger-connection.js';
import { BPP, configOf, PAYMENT_SECRETS } from './settings.js';
import { NodeStores } from './node-stores.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';

/** Places where a test injects a bug. Each function wraps a part that the bridge uses. */
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
  readonly network: (percent: number, ratingShare: number) => Network;
  /** The share of its real power that the network file states for CP-A. */
  readonly ratingShare: number;
  /** The random stream of the store's faults. */
  readonly storeRandom: SeededRandom;
  readonly interceptors: Interceptors;
  /**
   * How often orders entered each state. `bugs` holds the bugs and invalid callbacks that the bridge itself reports.
   */
  readonly states: Map<string, number>;
  readonly bugs: string[];
}

interface BridgeProcess {
  readonly life: {
    alive: boolean;
    /** The sum of the steps of the host's clock that it reported while it started, ms. */
    reportedStepMs: number;
  };
  readonly store: AbandonableStore;
  readonly parts: Composition;
}

const LONGEST_RESTART_MS = 60_000;

/** Small enough to be full at times. */
const FRAME_JOURNAL_BYTES = 1 << 14;

export class Node {
  readonly #environment: NodeEnvironment;
  readonly #stores: NodeStores;
  readonly #frames = createMemoryJournal();
  #connections = new Set<ChargerConnection>();
  #process: BridgeProcess | undefined;
  #ready = false;
  #stepsToCrash = 0;
  /** The number of failed starts in a row. */
  #failedStarts = 0;
  #hostOffsetMs = 0;
  storeFails = false;
  registryAway = false;
  kills = 0;

  constructor(environment: NodeEnvironment) {
    this.#environment = environment;
    const { time, faults, storeRandom: random } = environment;
    const isAway = (): boolean => this.storeFails;
    const kill = (): void => this.kill(random.between(500, 5000));
    this.#stores = new NodeStores({ time, faults, random, isAway, kill });
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

  /** Returns a function that checks whether the current process is still running. */
  aliveCheck(): () => boolean {
    const current = this.#process;
    return () => current !== undefined && current === this.#process && current.life.alive;
  }

  boot(): void {
    const { time, interceptors, faults, history, random } = this.#environment;
    const life = { alive: true, reportedStepMs: 0 };
    const alive = (): boolean => life.alive;
    const hostOffsetMs = this.#hostOffset();
    const plain = time.clock(alive, () => this.#hostOffsetMs);
    const clock = interceptors.clock?.(plain) ?? plain;
    // A process that lost its lease ends, and its supervisor starts it again.
    const store = this.#stores.open(plain, () => {
      if (life.alive) this.kill(2000);
    });
    const http = this.#environment.http(alive);
    const percent = this.#percent();
    const network = this.#environment.network(percent, this.#environment.ratingShare);
    const parts = compose({
      config: configOf(),
      secrets: {
        signingKey: encodeKeyPair(keyPairFromSeed(BPP_SEED)).secretKey,
        operatorToken: '',
        chargePointPasswords: new Map(),
        payments: PAYMENT_SECRETS,
      },
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
          this.#failedStarts = 0;
          history.add({ kind: 'up', percent, hostOffsetMs });
        },
        () => {
          // A process that cannot start exits, and its supervisor starts it again, each time a little later.
          this.#failedStarts += 1;
          if (life.alive) this.kill(Math.min(2000 * this.#failedStarts, LONGEST_RESTART_MS));
        },
      );
  }

  /** Starts a second process, as by mistake. It must not get the database while the first one runs. */
  startSecondProcess(): void {
    const first = this.#process;
    if (!this.#ready || !first) return;
    void this.#stores.openSecond().then((opened) => {
      if (opened && first.life.alive && first === this.#process) this.#environment.history.add({ kind: 'intruder' });
    });
  }

  /** Returns the offset of the host's clock, ms. Sometimes steps the clock first, as if while no process ran. */
  #hostOffset(): number {
    const { faults, random } = this.#environment;
    if (this.kills > 0 && faults.strikes('host-clock-step', random, 0.4))
      this.#hostOffsetMs = random.pick([-86_400_000, 0, 86_400_000]);
    return this.#hostOffsetMs;
  }

  /** Steps the host's clock while the process runs. */
  stepHostClock(ms: number): void {
    this.#hostOffsetMs += ms;
    this.#environment.history.add({ kind: 'clock', hostOffsetMs: this.#hostOffsetMs });
  }

  /** Returns the prices of this process as a percentage. Every other process changes them. */
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

  /** Sometimes kills the process just after it has sent a start, for longer than a start may wait. */
  #maybeKillAtStart(): void {
    const { faults, storeRandom, time } = this.#environment;
    if (!faults.strikes('kill-at-start', storeRandom, 0.2)) return;
    const downMs = storeRandom.between(150_000, 2_400_000);
    time.after(storeRandom.pick([0, 1, 3000]), () => this.kill(downMs));
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

  /** Accepts the connection of a charger. Returns false if the bridge is down. */
  accept(connection: ChargerConnection): boolean {
    const current = this.#process;
    if (!this.#ready || !current) return false;
    const { port } = connection;
    const guarded: typeof port = Object.create(port, {
      send: {
        value: (text: string) => {
          if (!current.life.alive) return;
          port.send(text);
          if (/"(?:RemoteStartTransaction|RequestStartTransaction)"/.test(text)) this.#maybeKillAtStart();
        },
      },
      close: { value: () => current.life.alive && port.close(1000, '') },
      terminate: { value: () => current.life.alive && port.terminate() },
      ping: { value: () => current.life.alive && port.ping() },
    });
    this.#connections.add(connection);
    connection.listener = current.parts.connections.attach(guarded, {
      chargePointId: connection.charger,
      version: connection.version,
      profile: 2,
      address: '10.0.0.1',
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
    if (name === 'clock.stepped' && !this.#ready) this.#recordContinuedClock(Number(detail?.['ms']));
    if (name === 'bug' || name === 'callback.invalid') {
      const error = detail?.['error'];
      const stack = error instanceof Error ? error.stack : '';
      bugs.push(`${time.now()} ${name} ${JSON.stringify(detail)} ${stack}`);
    }
  }

  #recordContinuedClock(ms: number): void {
    const life = this.#process?.life;
    if (!life) return;
    life.reportedStepMs += ms;
    const offsetMs = this.#hostOffsetMs - life.reportedStepMs;
    this.#environment.history.add({ kind: 'clock-continued', offsetMs });
  }

  close(): void {
    if (this.#process) this.#process.life.alive = false;
    armCrashPoint(undefined);
    this.#stores.close();
  }
}

const BPP_SEED = new Uint8Array(32).fill(7);
