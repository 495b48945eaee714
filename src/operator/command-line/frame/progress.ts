/** Shows on stderr what a command is waiting for, once it takes longer than a second. */
import type { Cancel, Clock } from '../../../ports/runtime.js';

const AFTER_MS = 1_000;
const ERASE_LINE = '\r\u001b[K';

interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #clock: Clock;
  readonly #output: ProgressOutput;
  #startedAt: number;
  #what: string;
  #shown: string | undefined;
  #cancel: Cancel;

  constructor(clock: Clock, output: ProgressOutput, what: string) {
    this.#clock = clock;
    this.#output = output;
    this.#what = what;
    this.#startedAt = clock.monotonic();
    this.#cancel = clock.callLater(AFTER_MS, () => this.#tick());
  }

  set(what: string): void {
    this.#what = what;
  }

  /** Stops the display and erases its line on a terminal. */
  end(): void {
    this.#cancel();
    if (this.#shown !== undefined && this.#output.isTTY) this.#output.write(ERASE_LINE);
  }

  /** Hides the display while a person answers a question, and starts counting again afterwards. */
  async pauseDuring<T>(work: () => Promise<T>): Promise<T> {
    this.end();
    try {
      return await work();
    } finally {
      this.#shown = undefined;
      this.#startedAt = this.#clock.monotonic();
      this.#cancel = this.#clock.callLater(AFTER_MS, () => this.#tick());
    }
  }

  /** On a terminal the line is rewritten each second; elsewhere each text is written once. */
  #tick(): void {
    const seconds = Math.round((this.#clock.monotonic() - this.#startedAt) / 1000);
    if (this.#output.isTTY) this.#output.write(`${ERASE_LINE}${this.#what} … ${seconds} s`);
    else if (this.#shown !== this.#what) this.#output.write(`${this.#what} …\n`);
    this.#shown = this.#what;
    this.#cancel = this.#clock.callLater(AFTER_MS, () => this.#tick());
  }
}
