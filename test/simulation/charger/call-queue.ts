/**
 * The CALLs of a charger or station, sent one at a time and in order. Messages that affect billing stay queued until
 * they are answered or given up.
 */
import type { SeededRandom } from '../runtime/seeded-random.js';
import { at, isDict, list, text } from '../runtime/json.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';

export interface Message {
  readonly action: string;
  /** Builds the payload when the message is sent, so that it has the latest values. */
  readonly payload: () => object;
  /** Whether the message survives lost connections and power cuts. */
  readonly persistent: boolean;
  readonly onResult?: (payload: unknown) => void;
  readonly onGivenUp?: () => void;
  attempts?: number;
  /** The frame as last sent. */
  sent?: { readonly id: string; readonly text: string };
}

export interface CallQueueOptions {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly send: (text: string) => void;
  readonly online: () => boolean;
  readonly accepted: () => boolean;
  /** Called when a CALL times out, because the connection is probably dead. */
  readonly connectionSuspected: () => void;
  readonly newIdOnRetry: () => boolean;
  /** The number of attempts after which a persistent message is dropped. */
  readonly maxAttempts: () => number;
}

const ANSWER_MS = 40_000;

export class CallQueue {
  #queue: Message[] = [];
  #inFlight: { readonly message: Message; readonly cancel: () => void } | undefined;
  #pausing = false;
  #next = 1;

  constructor(private readonly options: CallQueueOptions) {}

  get busy(): boolean {
    return this.#queue.some((message) => message.persistent);
  }

  add(message: Message): void {
    if (!message.persistent && !this.options.online()) return;
    this.#queue.push(message);
    this.sendNext();
  }

  /** Puts a message at the front of the queue, like a charger that loses the order of its messages. */
  addFirst(message: Message): void {
    this.#queue.splice(this.#inFlight ? 1 : 0, 0, message);
    this.sendNext();
  }

  sendNext(): void {
    const { online, accepted, time, send, connectionSuspected } = this.options;
    if (this.#inFlight || this.#pausing || !online()) return;
    const index = accepted() ? 0 : this.#queue.findIndex((message) => message.action === 'BootNotification');
    const message = this.#queue[index];
    if (!message) return;
    if (index > 0) this.#queue.unshift(...this.#queue.splice(index, 1));
    if (!message.sent || this.options.newIdOnRetry()) {
      const id = String(this.#next++);
      message.sent = { id, text: JSON.stringify([2, id, message.action, message.payload()]) };
    }
    message.attempts = (message.attempts ?? 0) + 1;
    const cancel = time.after(ANSWER_MS, () => {
      this.#inFlight = undefined;
      connectionSuspected();
      this.#retryLater(message, 5000);
    });
    this.#inFlight = { message, cancel };
    send(message.sent.text);
  }

  /** Handles the answer to a CALL of this charger. */
  handleAnswer(frame: readonly unknown[]): void {
    const inFlight = this.#inFlight;
    if (!inFlight || inFlight.message.sent?.id !== frame[1]) return;
    inFlight.cancel();
    this.#inFlight = undefined;
    if (frame[0] === 4) {
      this.#retryLater(inFlight.message, 20_000);
      return;
    }
    this.#queue = this.#queue.filter((message) => message !== inFlight.message);
    inFlight.message.onResult?.(frame[2]);
    this.sendNext();
  }

  #retryLater(message: Message, restMs: number): void {
    const exhausted = (message.attempts ?? 0) >= this.options.maxAttempts();
    if ((!message.persistent && message.action !== 'BootNotification') || (message.persistent && exhausted)) {
      this.#queue = this.#queue.filter((other) => other !== message);
      message.onGivenUp?.();
    }
    if (this.#pausing) return;
    this.#pausing = true;
    this.options.time.after(restMs, () => {
      this.#pausing = false;
      this.sendNext();
    });
  }

  /** Drops the messages that do not survive a lost connection. */
  handleDisconnect(): void {
    this.#inFlight?.cancel();
    this.#inFlight = undefined;
    this.#queue = this.#queue.filter((message) => message.persistent);
  }

  /**
   * Handles the return of power.
   * @param renumber Whether the charger's message ids restart at 1.
   */
  handleRestart(renumber: boolean): void {
    if (!renumber) return;
    this.#next = 1;
    for (const message of this.#queue) delete message.sent;
  }
}

/** Parses a frame as the charger reads it. */
export function readFrame(frame: string): readonly unknown[] {
  const parsed: unknown = JSON.parse(frame);
  return list(parsed);
}

export function statusOf(payload: unknown): string {
  return text(at(payload, 'idTagInfo', 'status'));
}

export function numberAt(payload: unknown, key: string): number | undefined {
  const value = isDict(payload) ? payload[key] : undefined;
  return typeof value === 'number' ? value : undefined;
}
