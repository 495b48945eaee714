/** Asks a person on the terminal. */
import { createInterface, type Interface } from 'node:readline';
import { CommandFailure } from './failure.js';

/** Keeps lines that arrive before their question, so that several answers can be pasted at once. */
export class Questions {
  #reader: Interface | undefined;
  readonly #lines: string[] = [];
  #isEnded = false;
  #resume: () => void = () => undefined;

  /**
   * Asks on stderr, so that stdout stays clean.
   * @returns What was typed, or `fallback` for an empty line. @errors CommandFailure if the input ends.
   */
  async ask(question: string, fallback: string): Promise<string> {
    this.#reader ??= this.#open();
    process.stderr.write(fallback === '' ? `${question} ` : `${question} [${fallback}] `);
    while (this.#lines.length === 0 && !this.#isEnded) await new Promise<void>((resolve) => (this.#resume = resolve));
    const line = this.#lines.shift();
    if (line === undefined)
      throw new CommandFailure('interrupted', { error: 'declined', message: 'The input ended before the answer.' });
    return line.trim() === '' ? fallback : line.trim();
  }

  close(): void {
    this.#reader?.close();
  }

  #open(): Interface {
    const reader = createInterface({ input: process.stdin });
    reader.on('line', (line) => {
      this.#lines.push(line);
      this.#resume();
    });
    reader.on('close', () => {
      this.#isEnded = true;
      this.#resume();
    });
    return reader;
  }
}
