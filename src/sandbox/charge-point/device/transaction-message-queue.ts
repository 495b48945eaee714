/**
 * Queues transaction messages. The queue keeps their order, survives lost sockets, and repeats each message until it
 * gets a CALLRESULT or is given up.
 * @source OCPP 1.6 §3.7; OCPP 2.0.1 E04, E13.
 */
import type { Cancel, Clock, Random } from '../../../ports/runtime.js';
import type { CallResult, OcppClient, Payload } from './ocpp-client.js';

export interface TransactionMessage {
  readonly action: 'StartTransaction' | 'MeterValues' | 'StopTransaction' | 'TransactionEvent';
  /** Called when the message is sent, because a 1.6 transaction id is known only after the start has been answered. */
  payload(): Payload;
  onResult?(payload: Payload): void;
}

export interface TransactionQueueOptions {
  readonly client: Pick<OcppClient, 'call'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Checks whether the charge point may send: it is connected and its boot has been accepted. */
  isReady(): boolean;
  /** The number of failures after which a message is dropped; `Infinity` to keep it forever. */
  maxAttempts(): number;
  retryIntervalS(): number;
  /** Whether each message is sent twice more, once with the same message id and once with another. */
  sendsDuplicates(): boolean;
}

export class TransactionQueue {
  readonly #options: TransactionQueueOptions;
  #queue: { readonly message: TransactionMessage; failures: number }[] = [];
  #sending = false;
  #stopped = false;
  #cancelRetry: Cancel | undefined;

  constructor(options: TransactionQueueOptions) {
    this.#options = options;
  }

  push(message: TransactionMessage): void {
    this.#queue.push({ message, failures: 0 });
    this.resume();
  }

  /** Continues sending, for example over a new socket. */
  resume(): void {
    void this.#sendAll();
  }

  size(): number {
    return this.#queue.length;
  }

  /** Forgets all messages, as a charge point without persistent memory does when it loses power. */
  clear(): void {
    this.#queue = [];
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (!this.#stopped && this.#options.isReady()) {
      const head = this.#queue[0];
      if (!head) break;
      const result = await this.#send(head.message);
      if (this.#queue[0] !== head) continue;
      if (result.kind === 'result') {
        this.#queue.shift();
        head.message.onResult?.(result.payload);
        continue;
      }
      // A lost socket does not count as a failure. The queue is resumed on the next socket.
      if (!this.#options.isReady()) break;
      head.failures += 1;
      if (head.failures >= this.#options.maxAttempts()) this.#queue.shift();
      else await this.#wait(head.failures * this.#options.retryIntervalS() * 1_000);
    }
    this.#sending = false;
  }

  async #send(message: TransactionMessage): Promise<CallResult> {
    const { client, random } = this.#options;
    const messageId = random.uuid();
    const payload = message.payload();
    const result = await client.call(message.action, payload, messageId);
    if (result.kind === 'result' && this.#options.sendsDuplicates()) {
      await client.call(message.action, payload, messageId);
      await client.call(message.action, payload);
    }
    return result;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#cancelRetry = this.#options.clock.callLater(ms, resolve);
    });
  }
}
