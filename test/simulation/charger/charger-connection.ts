/**
 * One WebSocket between a charger and the bridge. Frames arrive late but in order; the connection may drop or become
 * half open.
 */
import { v16 } from '../../../src/ocpp/versions/v16/v16.js';
import type { OcppVersion } from '../../../src/ocpp/versions/version.js';
import type { SocketListener, SocketPort } from '../../../src/ocpp/connection/socket-port.js';
import type { SeededRandom } from '../runtime/seeded-random.js';
import type { Faults } from '../faults.js';
import type { History } from '../runtime/history.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';

export interface ConnectionEnvironment {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly history: History;
}

/** The charger's end. */
export interface ChargerSide {
  frame(text: string): void;
  closed(): void;
}

export class ChargerConnection {
  /** The bridge's end, once it has accepted the socket. */
  listener: SocketListener | undefined;
  readonly port: SocketPort;
  #open = true;
  #bridgeNotified = false;
  /** True if the connection is half open: no frame passes, and neither side is notified. */
  #dead = false;
  #paused = false;
  #deferred: (() => void)[] = [];
  #lastDelivery = { up: 0, down: 0 };

  constructor(
    private readonly environment: ConnectionEnvironment,
    readonly charger: string,
    readonly number: number,
    private readonly end: ChargerSide,
    readonly version: OcppVersion = v16,
  ) {
    environment.history.add({ kind: 'socket', charger, socket: number, event: 'open' });
    this.port = {
      bufferedAmount: 0,
      send: (text) => this.#sendDown(text),
      close: () => this.#close(),
      terminate: () => this.#close(),
      ping: () => this.#ping(),
      pause: () => {
        this.#paused = true;
      },
      resume: () => {
        this.#paused = false;
        for (const work of this.#deferred.splice(0)) work();
      },
    };
  }

  get open(): boolean {
    return this.#open;
  }

  /** Sends a frame from the charger. */
  send(text: string): void {
    const { faults, random } = this.environment;
    this.#deliver('up', () => this.#arrive(text));
    if (faults.strikes('duplicate-frame', random, 0.05)) this.#deliver('up', () => this.#arrive(text));
  }

  #arrive(text: string): void {
    if (this.#paused) {
      this.#deferred.push(() => this.#arrive(text));
      return;
    }
    if (!this.listener) return;
    this.environment.history.add({ kind: 'frame', charger: this.charger, socket: this.number, way: 'up', text });
    this.listener.receive(text);
  }

  #sendDown(text: string): void {
    const { history, faults, random } = this.environment;
    history.add({ kind: 'frame', charger: this.charger, socket: this.number, way: 'down', text });
    this.#deliver('down', () => this.end.frame(text));
    if (faults.strikes('duplicate-frame', random, 0.03)) this.#deliver('down', () => this.end.frame(text));
  }

  #ping(): void {
    this.#deliver('down', () => this.#deliver('up', () => this.listener?.recordLife()));
  }

  /** Delivers in the order of sending after a latency, unless the connection has ended by then. */
  #deliver(way: 'up' | 'down', deliver: () => void): void {
    const { time, random } = this.environment;
    if (!this.#open) return;
    const due = Math.max(time.now() + this.#latency(random), this.#lastDelivery[way]);
    this.#lastDelivery[way] = due;
    time.after(due - time.now(), () => {
      if (this.#open && !this.#dead) deliver();
    });
  }

  #latency(random: SeededRandom): number {
    const slow = this.environment.faults.strikes('slow-network', random, 0.1);
    return slow ? random.between(500, 45_000) : random.between(5, 120);
  }

  /** Closes the connection from the bridge's end. */
  #close(): void {
    if (!this.#bridgeNotified) {
      this.environment.history.add({ kind: 'socket', charger: this.charger, socket: this.number, event: 'closing' });
    }
    // The closing side notices the close at once, even on a connection that broke long ago.
    this.environment.time.after(1, () => this.#notifyBridge());
    if (!this.#open) return;
    this.#open = false;
    if (!this.#dead) this.environment.time.after(this.#latency(this.environment.random), () => this.end.closed());
  }

  /** Closes the connection from the charger's end, or breaks it in the network. Both sides are notified. */
  drop(): void {
    const { time, random } = this.environment;
    // The bridge has already closed; the charger did not notice on the dead connection.
    if (!this.#open) {
      time.after(random.between(1, 50), () => this.end.closed());
      return;
    }
    this.#open = false;
    if (!this.#dead) time.after(random.between(1, 50), () => this.#notifyBridge());
    else time.after(120_000, () => this.#notifyBridge());
    time.after(random.between(1, 50), () => this.end.closed());
  }

  /** Makes the connection half open: no frame passes any more, and neither side is notified. */
  goHalfOpen(): void {
    this.#dead = true;
  }

  /** Handles the death of the bridge process. */
  handleProcessDeath(): void {
    this.listener = undefined;
    this.#bridgeNotified = true;
    if (!this.#open) return;
    this.#open = false;
    if (!this.#dead) this.environment.time.after(this.environment.random.between(1, 200), () => this.end.closed());
  }

  #notifyBridge(): void {
    if (this.#bridgeNotified) return;
    this.#bridgeNotified = true;
    this.environment.history.add({ kind: 'socket', charger: this.charger, socket: this.number, event: 'closed' });
    this.listener?.handleClose();
  }
}
