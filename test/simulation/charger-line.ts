/** A charger's own CALLs: one at a time, in order; what moves money is kept until it is answered. */
import type { Chance } from './chance.js';
import { at, isDict, list, text } from './json.js';
import type { VirtualTime } from './virtual-clock.js';

export interface Message {
  readonly action: string;
  /** Made when it is sent, so that it carries what is known by then. */
  readonly payload: () => object;
  /** Kept over lost connections and power cuts. */
  readonly kept: boolean;
  readonly answered?: (payload: unknown) => void;
  readonly givenUp?: () => void;
  attempts?: number;
  /** The frame as it was sent last. */
  sent?: { readonly id: string; readonly text: string };
}

export interface LineOptions {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly send: (text: string) => void;
  readonly online: () => boolean;
  readonly accepted: () => boolean;
  /** No answer for long: the line is probably dead. */
  readonly suspect: () => void;
  readonly newIdOnRetry: () => boolean;
  /** Of a kept message, before it is given up. */
  readonly mostAttempts: () => number;
}

const ANSWER_MS = 40_000;

export class ChargerLine {
  #queue: Message[] = [];
  #flying: { readonly message: Message; readonly cancel: () => void } | undefined;
  #resting = false;
  #next = 1;

  constructor(private readonly options: LineOptions) {}

  get busy(): boolean {
    return this.#queue.some((message) => message.kept);
  }

  add(message: Message): void {
    if (!message.kept && !this.options.online()) return;
    this.#queue.push(message);
    this.go();
  }

  /** Puts a kept message before the others that wait: a queue that lost its order. */
  overtake(message: Message): void {
    this.#queue.splice(this.#flying ? 1 : 0, 0, message);
    this.go();
  }

  go(): void {
    const { online, accepted, time, send, suspect } = this.options;
    if (this.#flying || this.#resting || !online()) return;
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
      this.#flying = undefined;
      suspect();
      this.#again(message, 5000);
    });
    this.#flying = { message, cancel };
    send(message.sent.text);
  }

  /** An answer to one of ours. */
  answer(frame: readonly unknown[]): void {
    const flying = this.#flying;
    if (!flying || flying.message.sent?.id !== frame[1]) return;
    flying.cancel();
    this.#flying = undefined;
    if (frame[0] === 4) {
      this.#again(flying.message, 20_000);
      return;
    }
    this.#queue = this.#queue.filter((message) => message !== flying.message);
    flying.message.answered?.(frame[2]);
    this.go();
  }

  #again(message: Message, restMs: number): void {
    const spent = (message.attempts ?? 0) >= this.options.mostAttempts();
    if ((!message.kept && message.action !== 'BootNotification') || (message.kept && spent)) {
      this.#queue = this.#queue.filter((other) => other !== message);
      message.givenUp?.();
    }
    if (this.#resting) return;
    this.#resting = true;
    this.options.time.after(restMs, () => {
      this.#resting = false;
      this.go();
    });
  }

  /** The connection is gone: what does not matter is forgotten. */
  lost(): void {
    this.#flying?.cancel();
    this.#flying = undefined;
    this.#queue = this.#queue.filter((message) => message.kept);
  }

  /** Power came back; some number their messages from 1 again. */
  restarted(resetIds: boolean): void {
    if (!resetIds) return;
    this.#next = 1;
    for (const message of this.#queue) delete message.sent;
  }
}

/** A frame as the charger reads it. */
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
