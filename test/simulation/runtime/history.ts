/** All traffic at the edges of the bridge, with virtual time. The checker judges this and the final content of the store, nothing else. */
import { createHash } from 'node:crypto';
import type { Step } from '../dialects/buyer-dialect.js';

/** What a buyer app means by a request, whatever the dialect that it writes it in. */
export interface Intent {
  readonly dialect: string;
  readonly step: Step;
  /** Empty if the request names no order. */
  readonly orderId: string;
  /** Empty in a request about no connector. */
  readonly itemId: string;
  /** What was paid, as it is written; in a confirm only. */
  readonly amount?: string;
  readonly isBooked: boolean;
}

export type Entry =
  /** A Beckn request reached the bridge. */
  | {
      readonly kind: 'request';
      readonly n: number;
      readonly from: string;
      readonly action: string;
      readonly body: string;
      readonly intent: Intent;
    }
  /** The bridge answered it. */
  | { readonly kind: 'answer'; readonly n: number; readonly status: number; readonly body: string }
  /** A callback left the bridge. */
  | { readonly kind: 'callback'; readonly n: number; readonly url: string; readonly body: string }
  /** The callback reached a buyer app, which answered. */
  | {
      readonly kind: 'delivery';
      readonly n: number;
      readonly to: string;
      readonly status: number;
      readonly ack: boolean;
    }
  /** A frame on the bridge side of a socket: `up` was received, `down` was sent. */
  | {
      readonly kind: 'frame';
      readonly charger: string;
      readonly socket: number;
      readonly way: 'up' | 'down';
      readonly text: string;
    }
  | {
      readonly kind: 'socket';
      readonly charger: string;
      readonly socket: number;
      readonly event: 'open' | 'closing' | 'closed';
    }
  /** What has truly flowed in one session, Wh. The bridge never sees it. */
  | {
      readonly kind: 'flow';
      readonly charger: string;
      readonly connector: number;
      readonly tag: string;
      readonly meterStart: number;
      readonly wh: number;
    }
  /** The process is up, and sells at this percentage of the listed prices, by a host's clock that is off. */
  | { readonly kind: 'up'; readonly percent: number; readonly hostOffsetMs: number }
  /** The host's clock is stepped while the process runs; from now on it is off by this, ms. */
  | { readonly kind: 'clock'; readonly hostOffsetMs: number }
  /** What the payment provider has for a payment now, minor units; `available` is what nobody has taken back. */
  | {
      readonly kind: 'money';
      readonly reference: string;
      readonly order: string;
      readonly paid: number;
      readonly refunded: number;
    }
  /** The process died, or all faults ended; or a second process got the database while the first one ran. */
  | { readonly kind: 'killed' | 'faults-ended' | 'intruder' };

export type Timed = Entry & { readonly t: number };

export class History {
  readonly entries: Timed[] = [];

  constructor(private readonly now: () => number) {}

  add(entry: Entry): void {
    this.entries.push({ t: this.now(), ...entry });
  }

  /** Runs with equal hashes had identical traffic. */
  hash(): string {
    const hash = createHash('sha256');
    for (const entry of this.entries) hash.update(JSON.stringify(entry)).update('\n');
    return hash.digest('hex');
  }
}
