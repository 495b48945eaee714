/** Frames of one socket that wait for an earlier one or for the store: while there are too many, nothing is read. */
const LIMIT = 100;

export class FrameBacklog {
  readonly #socket: { pause(): void; resume(): void };
  #count = 0;
  /** Whether reading from the socket is paused. */
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

  /** Resumes reading once less than half of the limit is left. */
  remove(): void {
    this.#count -= 1;
    if (!this.isPaused || this.#count >= LIMIT / 2) return;
    this.isPaused = false;
    this.#socket.resume();
  }
}
