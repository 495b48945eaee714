/**
 * All traffic at the edges of the bridge, and what really happened around it, in virtual time. The checker judges only
 * this and the final content of the store.
 */
import { createHash } from 'node:crypto';
import type { Step } from '../dialects/buyer-dialect.js';

/** The intent of a buyer app's request, independent of the dialect. */
export interface Intent {
  readonly dialect: string;
  readonly step: Step;
  /** Empty if the request names no order. */
  readonly orderId: string;
  /** Empty if the request concerns no connector. */
  readonly itemId: string;
  /** The paid amount as the buyer app writes it; only in a confirm. */
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
  /** The bridge answered a request. */
  | { readonly kind: 'answer'; readonly n: number; readonly status: number; readonly body: string }
  /** A callback left the bridge. */
  | { readonly kind: 'callback'; readonly n: number; readonly url: string; readonly body: string }
  /** A callback reached a buyer app, which answered. */
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
  /** The energy that really flowed in one session, Wh. The bridge never sees it. */
  | {
      readonly kind: 'flow';
      readonly charger: string;
      readonly connector: number;
      readonly tag: string;
      readonly meterStart: number;
      readonly wh: number;
    }
  /**
   * The process started. Its prices are this percentage of the listed ones, and its host's clock has this offset, ms.
   */
  | { readonly kind: 'up'; readonly percent: number; readonly hostOffsetMs: number }
  /** The clock of a charger was stepped, ms. The bridge sees only the timestamps of its messages. */
  | { readonly kind: 'charger-clock'; readonly charger: string; readonly stepMs: number }
  /** The host's clock stepped while the process was running. Its new offset, ms. */
  | { readonly kind: 'clock'; readonly hostOffsetMs: number }
  /**
   * The starting process reported that the host's clock had been set back, and continued from its last save. The offset
   * of its own clock from then on, ms.
   */
  | { readonly kind: 'clock-continued'; readonly offsetMs: number }
  /** The totals of a payment at the provider after a change, minor units. */
  | {
      readonly kind: 'money';
      readonly reference: string;
      readonly order: string;
      readonly paid: number;
      readonly refunded: number;
    }
  /** The process died; all faults ended; or a second process got the database while the first one was running. */
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
