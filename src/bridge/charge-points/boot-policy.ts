/** How a charge point's boot is answered: as an operator said last, else as the settings say. */
import type { BootAnswer } from '../../config/config.js';
import type { ValueStore } from '../../ports/store.js';

const PREFIX = 'boot-answer|';

export class BootAnswers {
  readonly #said = new Map<string, BootAnswer>();
  readonly #values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly #configured: (chargePointId: string) => BootAnswer;

  constructor(
    values: Pick<ValueStore, 'putValue' | 'values'>,
    configured: (chargePointId: string) => BootAnswer = () => 'accept',
  ) {
    this.#values = values;
    this.#configured = configured;
  }

  async load(): Promise<void> {
    for (const { name, value } of await this.#values.values(PREFIX))
      if (value === 'accept' || value === 'pending' || value === 'reject')
        this.#said.set(decodeURIComponent(name.slice(PREFIX.length)), value);
  }

  /** Durable when it resolves. */
  async set(id: string, answer: BootAnswer): Promise<void> {
    await this.#values.putValue(PREFIX + encodeURIComponent(id), answer);
    this.#said.set(id, answer);
  }

  of(id: string): BootAnswer {
    return this.#said.get(id) ?? this.#configured(id);
  }
}
