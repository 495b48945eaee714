/**
 * Counts the unusable frames of one socket: those that are malformed, binary or of an unknown type, and responses to no
 * CALL of ours. A few are tolerated, but too many per minute close the socket.
 */
const WINDOW_MS = 60_000;

export class UnreadableFrames {
  readonly #limit: number;
  #windowEnd = 0;
  #count = 0;

  /** @param limit Frames per minute; 0 means no limit. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param now Monotonic ms. @returns True once per window, when the limit is first exceeded. */
  record(now: number): boolean {
    if (this.#limit <= 0) return false;
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + WINDOW_MS;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count === this.#limit + 1;
  }
}
