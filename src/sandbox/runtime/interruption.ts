/** Handles Ctrl-C: the first lets the program clean up and report; another, over a second later, ends it at once. */
import { EXIT_CODES } from '../../operator/command-line/frame/exit-codes.js';
import type { Clock } from '../../ports/runtime.js';
import { reportFailure } from './failure.js';

/** npm forwards a Ctrl-C that the terminal has already delivered, so two signals within this time count as one. */
const SAME_SIGNAL_MS = 1_000;
const EXIT_INTERRUPTED = EXIT_CODES.interrupted.code;

export class Interruption {
  readonly #clock: Clock;
  #firstSignalAt: number | undefined;
  #resolve: () => void = () => undefined;
  #isOutputClosed = false;
  /** Resolves on the first request to end the program. */
  readonly requested = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  /** @param clock The machine's clock, even if the program runs on a scaled one. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isRequested(): boolean {
    return this.#firstSignalAt !== undefined;
  }

  /** Reports that the program ends before it is done, unless its output was closed. @returns The exit code. */
  report(program: string, message = 'interrupted'): number {
    if (!this.#isOutputClosed) reportFailure(program, { exit: 'interrupted', code: 'interrupted', message });
    return EXIT_INTERRUPTED;
  }

  /** Listens for SIGINT, SIGTERM and a closed stdout, as when `head` has read enough. */
  listen(): void {
    process.on('SIGINT', () => this.#handleSignal());
    process.on('SIGTERM', () => this.#handleSignal());
    // Every later write to a closed stdout fails as well, so this must not count as a second signal.
    process.stdout.on('error', () => {
      this.#isOutputClosed = true;
      this.#request();
    });
  }

  #handleSignal(): void {
    if (this.#firstSignalAt !== undefined && this.#clock.now() - this.#firstSignalAt > SAME_SIGNAL_MS)
      process.exit(EXIT_INTERRUPTED);
    this.#request();
  }

  #request(): void {
    this.#firstSignalAt ??= this.#clock.now();
    this.#resolve();
  }
}
