/** Decides when a socket is pinged and when it counts as dead. */

export class KeepAlive {
  readonly #intervalMs: number;
  /** Monotonic, ms. */
  #nextPingAt: number;
  #receivedSincePing = true;
  #missedPings = 0;

  constructor(now: number, intervalMs: number) {
    this.#intervalMs = intervalMs;
    this.#nextPingAt = now + intervalMs;
  }

  /** Must be called when a frame, ping or pong arrives. */
  recordLife(): void {
    this.#receivedSincePing = true;
  }

  /**
   * Returns what to do now. A silent socket counts as dead within three intervals, because the next ping comes sooner
   * after a silent interval.
   * @param isPaused True while reading is paused: silence then proves nothing.
   */
  check(now: number, isPaused: boolean): 'ping' | 'dead' | undefined {
    if (now < this.#nextPingAt) return undefined;
    this.#missedPings = this.#receivedSincePing || isPaused ? 0 : this.#missedPings + 1;
    this.#nextPingAt = now + this.#intervalMs / (this.#missedPings + 1);
    this.#receivedSincePing = false;
    return this.#missedPings >= 2 ? 'dead' : 'ping';
  }
}
