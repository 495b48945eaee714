/**
 * Counts the frames of one socket that wait for an earlier frame or for the store. Reading pauses while there are too
 * many.
 */
const LIMIT = 100;

export class FrameBacklog {
  readonly #socket: { pause(): void; resume(): void };
  #count = 0;
  /** True while reading from the socket is paused. */
  isPaused = false;

  constructor(socket: { pause(): void; resume(): void }) {
    this.#socket = socket;
  }

  add(): void {
    this.#count += 1;
    if (this.isPaused || this.#count < LIMIT) return;
    this.isPaused = true;
    this.#socket.pause();
  }

  /** Resumes reading once fewer than half of `LIMIT` frames are waiting. */
  remove(): void {
    this.#count -= 1;
    if (!this.isPaused || this.#count >= LIMIT / 2) return;
    this.isPaused = false;
    this.#socket.resume();
  }
}
