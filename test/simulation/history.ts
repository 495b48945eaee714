/** What crossed the wires of the bridge, with the virtual time at its own edge. This, and the store at the end, is all that is judged. */
import { createHash } from 'node:crypto';

export type Entry =
  /** A Beckn request that reached the bridge. */
  | {
      readonly kind: 'request';
      readonly n: number;
      readonly from: string;
      readonly action: string;
      readonly body: string;
    }
  /** What the bridge answered to it. */
  | { readonly kind: 'answer'; readonly n: number; readonly status: number; readonly body: string }
  /** A callback that left the bridge. */
  | { readonly kind: 'callback'; readonly n: number; readonly url: string; readonly body: string }
  /** It reached a buyer app, which answered this. */
  | {
      readonly kind: 'delivery';
      readonly n: number;
      readonly to: string;
      readonly status: number;
      readonly ack: boolean;
    }
  /** A frame at the bridge's side of a socket: `up` came in, `down` was handed to the network. */
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
      readonly what: 'open' | 'closing' | 'closed';
    }
  /** The process is up, with a network whose prices are these hundredths of the written ones. */
  | { readonly kind: 'up'; readonly percent: number }
  /** It died; all faults ended. */
  | { readonly kind: 'killed' | 'healed' };

export type Timed = Entry & { readonly t: number };

export class History {
  readonly entries: Timed[] = [];

  constructor(private readonly now: () => number) {}

  add(entry: Entry): void {
    this.entries.push({ t: this.now(), ...entry });
  }

  /** Two runs with one hash did the same. */
  hash(): string {
    const hash = createHash('sha256');
    for (const entry of this.entries) hash.update(JSON.stringify(entry)).update('\n');
    return hash.digest('hex');
  }
}
