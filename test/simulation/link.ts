/** One WebSocket between a charger and the bridge: ordered, late, sometimes cut, sometimes dead without saying so. */
import type { SocketListener, SocketPort } from '../../src/ocpp/connection/socket-port.js';
import type { Chance } from './chance.js';
import type { Faults } from './faults.js';
import type { History } from './history.js';
import type { VirtualTime } from './virtual-clock.js';

export interface LinkWorld {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly history: History;
}

/** The charger's side. */
export interface ChargerEnd {
  frame(text: string): void;
  closed(): void;
}

export class Link {
  /** The bridge's side, once it took the socket. */
  listener: SocketListener | undefined;
  readonly port: SocketPort;
  #open = true;
  #notified = false;
  /** Nothing passes any more and neither side notices. */
  #dead = false;
  #paused = false;
  #held: (() => void)[] = [];
  #free = { up: 0, down: 0 };

  constructor(
    private readonly world: LinkWorld,
    readonly charger: string,
    readonly number: number,
    private readonly end: ChargerEnd,
  ) {
    world.history.add({ kind: 'socket', charger, socket: number, what: 'open' });
    this.port = {
      bufferedAmount: 0,
      send: (text) => this.#down(text),
      close: () => this.#close(),
      terminate: () => this.#close(),
      ping: () => this.#ping(),
      pause: () => {
        this.#paused = true;
      },
      resume: () => {
        this.#paused = false;
        for (const work of this.#held.splice(0)) work();
      },
    };
  }

  get open(): boolean {
    return this.#open;
  }

  /** The charger sends. */
  send(text: string): void {
    const { faults, chance } = this.world;
    this.#carry('up', () => this.#arrive(text));
    if (faults.strikes('duplicate-frame', chance, 0.05)) this.#carry('up', () => this.#arrive(text));
  }

  #arrive(text: string): void {
    if (this.#paused) {
      this.#held.push(() => this.#arrive(text));
      return;
    }
    if (!this.listener) return;
    this.world.history.add({ kind: 'frame', charger: this.charger, socket: this.number, way: 'up', text });
    this.listener.receive(text);
  }

  #down(text: string): void {
    const { history, faults, chance } = this.world;
    history.add({ kind: 'frame', charger: this.charger, socket: this.number, way: 'down', text });
    this.#carry('down', () => this.end.frame(text));
    if (faults.strikes('duplicate-frame', chance, 0.03)) this.#carry('down', () => this.end.frame(text));
  }

  #ping(): void {
    this.#carry('down', () => this.#carry('up', () => this.listener?.receivePong()));
  }

  /** In the order of sending, after a while, unless the line is gone by then. */
  #carry(way: 'up' | 'down', deliver: () => void): void {
    const { time, chance } = this.world;
    if (!this.#open) return;
    const due = Math.max(time.now() + this.#latency(chance), this.#free[way]);
    this.#free[way] = due;
    time.after(due - time.now(), () => {
      if (this.#open && !this.#dead) deliver();
    });
  }

  #latency(chance: Chance): number {
    const slow = this.world.faults.strikes('slow-network', chance, 0.1);
    return slow ? chance.between(500, 45_000) : chance.between(5, 120);
  }

  /** The bridge hangs up. */
  #close(): void {
    if (!this.#notified) {
      this.world.history.add({ kind: 'socket', charger: this.charger, socket: this.number, what: 'closing' });
    }
    // Whoever hangs up knows it at once, even on a line that broke long ago.
    this.world.time.after(1, () => this.#notifyBridge());
    if (!this.#open) return;
    this.#open = false;
    if (!this.#dead) this.world.time.after(this.#latency(this.world.chance), () => this.end.closed());
  }

  /** The charger hangs up, or the line breaks: both sides learn of it. */
  cut(): void {
    const { time, chance } = this.world;
    // Hung up on without having noticed: the line was dead.
    if (!this.#open) {
      time.after(chance.between(1, 50), () => this.end.closed());
      return;
    }
    this.#open = false;
    if (!this.#dead) time.after(chance.between(1, 50), () => this.#notifyBridge());
    else time.after(120_000, () => this.#notifyBridge());
    time.after(chance.between(1, 50), () => this.end.closed());
  }

  /** Half open: nothing passes any more, and neither side notices. */
  die(): void {
    this.#dead = true;
  }

  /** The bridge's process is gone. */
  bridgeGone(): void {
    this.listener = undefined;
    this.#notified = true;
    if (!this.#open) return;
    this.#open = false;
    if (!this.#dead) this.world.time.after(this.world.chance.between(1, 200), () => this.end.closed());
  }

  #notifyBridge(): void {
    if (this.#notified) return;
    this.#notified = true;
    this.world.history.add({ kind: 'socket', charger: this.charger, socket: this.number, what: 'closed' });
    this.listener?.handleClose();
  }
}
