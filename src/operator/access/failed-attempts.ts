/**
 * Slows down token guessing: repeated wrong tokens from an address (for IPv6, from its /64) are answered later and
 * later, and a right one at once.
 */
import type { Clock } from '../../ports/runtime.js';
import { peerNetwork } from './peer-network.js';

/** How many wrong tokens are answered without a delay, because people mistype. */
const FREE_ATTEMPTS = 3;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 8000;
/** An address is forgotten once it has sent no wrong token for this long. */
const FORGET_AFTER_MS = 15 * 60_000;
/** How many wrong tokens from one network may await a delayed answer; further ones are refused at once. */
const MAX_WAITING = 4;
const MAX_ADDRESSES = 2000;

interface Attempts {
  count: number;
  lastAt: number;
  waiting: number;
}

export class FailedAttempts {
  readonly #clock: Clock;
  /** Keyed by `peerNetwork`, the least recently used first. */
  readonly #byNetwork = new Map<string, Attempts>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts a wrong token and waits until its answer may be sent.
   * @returns False, at once and without counting it, if too many answers to this network are already waiting.
   */
  async delay(address: string): Promise<boolean> {
    const attempts = this.#attemptsOf(peerNetwork(address));
    if (attempts.waiting >= MAX_WAITING) return false;
    attempts.count += 1;
    const doublings = attempts.count - FREE_ATTEMPTS - 1;
    if (doublings < 0) return true;
    attempts.waiting += 1;
    const ms = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(doublings, 10));
    await new Promise<void>((resolve) => this.#clock.callLater(ms, resolve));
    attempts.waiting -= 1;
    return true;
  }

  /** Forgets the wrong tokens from a network that has sent a right one. */
  forgive(address: string): void {
    this.#byNetwork.delete(peerNetwork(address));
  }

  #attemptsOf(network: string): Attempts {
    const now = this.#clock.now();
    const known = this.#byNetwork.get(network);
    const isFresh = known !== undefined && now - known.lastAt < FORGET_AFTER_MS;
    const attempts = isFresh ? known : { count: 0, lastAt: now, waiting: known?.waiting ?? 0 };
    attempts.lastAt = now;
    this.#byNetwork.delete(network);
    this.#byNetwork.set(network, attempts);
    if (this.#byNetwork.size > MAX_ADDRESSES) {
      const [oldest] = this.#byNetwork.keys();
      if (oldest !== undefined) this.#byNetwork.delete(oldest);
    }
    return attempts;
  }
}
