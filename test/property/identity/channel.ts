/** The connection from the charger to the bridge: it loses, doubles, delays, queues and repeats messages. */
import type { ChargerEvent, ChargerOutcome } from '../../../src/ports/charger-events.js';
import type { BridgeHarness } from '../../fakes/bridge-harness.js';
import { settle } from '../../fakes/manual-clock.js';
import type { PhysicalTransaction, Report } from './physical.js';
import type { Fate } from './scenario-steps.js';

export interface Message {
  readonly transaction: PhysicalTransaction | undefined;
  readonly part: Report['part'] | 'other';
  readonly registerWh?: number | undefined;
  /** Builds the event when it is sent, because a 1.6 charger may learn the number of a queued transaction late. */
  readonly build: () => ChargerEvent;
  readonly answered?: (outcome: ChargerOutcome) => Promise<void>;
}

export class Channel {
  online = false;
  readonly #harness: BridgeHarness;
  readonly #log: (line: string) => void;
  #queue: Message[] = [];
  #held: Message[] = [];
  readonly #sent: { readonly message: Message; readonly event: ChargerEvent }[] = [];

  constructor(harness: BridgeHarness, log: (line: string) => void) {
    this.#harness = harness;
    this.#log = log;
  }

  async send(message: Message, fate: Fate): Promise<void> {
    const { transaction } = message;
    if (transaction && fate !== 'delivered' && fate !== 'doubled') transaction.clean = false;
    if (fate === 'lost') return;
    if (!this.online) {
      if (transaction) transaction.clean = false;
      if (message.part !== 'other') this.#queue.push(message);
      return;
    }
    if (fate === 'late') {
      this.#held.push(message);
      return;
    }
    await this.#deliver(message, fate !== 'unanswered');
    if (fate === 'doubled') await this.#deliver(message, true);
    await this.release();
  }

  /** Sends the messages that were held back. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    for (const message of held) await this.#deliver(message, true);
  }

  async flush(sequence: 'kept' | 'swapped' | 'ends-first'): Promise<void> {
    const queue = [...this.#held, ...this.#queue];
    this.#queue = [];
    this.#held = [];
    for (const message of rearranged(queue, sequence)) await this.#deliver(message, true);
  }

  /** Checks whether messages of a transaction are queued. */
  holds(transaction: PhysicalTransaction | undefined): boolean {
    return this.#queue.some((message) => transaction !== undefined && message.transaction === transaction);
  }

  /** Loses all messages that are queued or held back. */
  drop(): void {
    for (const { transaction } of [...this.#queue, ...this.#held]) if (transaction) transaction.clean = false;
    this.#queue = [];
    this.#held = [];
  }

  async repeat(back: number, time: 'same' | 'later' | 'unreadable'): Promise<void> {
    const before = this.#sent.at(-1 - back);
    if (!before || !this.online || !('at' in before.event)) return;
    const { at, ...rest } = before.event;
    const { transaction } = before.message;
    // An event of an ended 2.x transaction keeps its time; a later one would belong to the next transaction with the
    // same id.
    const keepsTime = time === 'same' || (before.event.type === 'transaction-event' && transaction?.running === false);
    const stamp = keepsTime ? { at } : time === 'later' ? { at: this.#harness.clock.now() } : {};
    await this.#deliver(before.message, true, { ...rest, ...stamp });
  }

  async #deliver(message: Message, isAnswered: boolean, event = message.build()): Promise<void> {
    const { transaction, part, registerWh } = message;
    this.#log(`→ ${JSON.stringify({ ...event, raw: undefined })}`);
    this.#sent.push({ message, event });
    if (transaction && part !== 'other') {
      transaction.reported.push({ part, at: this.#harness.clock.now(), registerWh });
      if ('transactionId' in event && event.transactionId !== undefined)
        transaction.reportedIds.add(event.transactionId);
    }
    const outcome = await this.#harness.sendEvent(event);
    if ('transactionId' in outcome) transaction?.reportedIds.add(outcome.transactionId);
    this.#log(`← ${JSON.stringify(outcome)}`);
    await settle(4);
    if (isAnswered) await message.answered?.(outcome);
  }
}

function rearranged(queue: readonly Message[], sequence: 'kept' | 'swapped' | 'ends-first'): readonly Message[] {
  if (sequence === 'kept') return queue;
  if (sequence === 'ends-first') {
    const isEnd = ({ part }: Message): boolean => part === 'stop';
    return [...queue.filter(isEnd), ...queue.filter((message) => !isEnd(message))];
  }
  return queue.flatMap((message, index) => {
    const other = queue[index % 2 === 0 ? index + 1 : index - 1];
    return [other ?? message];
  });
}
