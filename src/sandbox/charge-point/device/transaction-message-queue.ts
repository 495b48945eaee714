/** Transaction messages in order, kept over lost sockets, repeated until they are answered. OCPP 1.6 §3.7, §3.8, OCPP 2.0.1 E04. */
import type { Cancel, Clock, Random } from '../../../ports/runtime.js';
import type { CallResult, OcppClient, Payload } from './ocpp-client.js';

export interface TransactionMessage {
  readonly action: 'StartTransaction' | 'MeterValues' | 'StopTransaction' | 'TransactionEvent';
  /** Made when it is sent: a transaction's id is known only once its start was answered. */
  payload(): Payload;
  onResult?(payload: Payload): void;
}

export interface TransactionQueueOptions {
  readonly client: Pick<OcppClient, 'call' | 'online'>;
  readonly clock: Clock;
  readonly random: Random;
  /** True when the charge point may send: connected and accepted. */
  isReady(): boolean;
  /** Give up after so many failures; `Infinity` keeps for ever. */
  maxAttempts(): number;
  retryIntervalS(): number;
  /** Send each message again, once with its id and once with a new one. */
  sendsDuplicates(): boolean;
}

export interface TransactionQueue {
  push(message: TransactionMessage): void;
  /** The socket is back. */
  resume(): void;
  size(): number;
  /** Forgets everything, as a charge point without flash memory does. */
  clear(): void;
  stop(): void;
}

export function createTransactionQueue(options: TransactionQueueOptions): TransactionQueue {
  const { client, clock, random } = options;
  let queue: { readonly message: TransactionMessage; failures: number }[] = [];
  let running = false;
  let stopped = false;
  let pause: Cancel | undefined;

  async function send(message: TransactionMessage): Promise<CallResult> {
    const id = random.uuid();
    const payload = message.payload();
    const answer = await client.call(message.action, payload, id);
    if (answer.kind === 'result' && options.sendsDuplicates()) {
      await client.call(message.action, payload, id);
      await client.call(message.action, payload);
    }
    return answer;
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (!stopped && options.isReady()) {
      const head = queue[0];
      if (!head) break;
      const answer = await send(head.message);
      if (queue[0] !== head) continue;
      if (answer.kind === 'result') {
        queue.shift();
        head.message.onResult?.(answer.payload);
        continue;
      }
      // A lost socket is no failed attempt: the reconnect kicks the queue again.
      if (!options.isReady()) break;
      head.failures += 1;
      if (head.failures >= options.maxAttempts()) queue.shift();
      else await wait(head.failures * options.retryIntervalS() * 1_000);
    }
    running = false;
  }

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      pause = clock.callLater(ms, resolve);
    });
  }

  return {
    push(message) {
      queue.push({ message, failures: 0 });
      void run();
    },
    resume: () => void run(),
    size: () => queue.length,
    clear() {
      queue = [];
    },
    stop() {
      stopped = true;
      pause?.();
    },
  };
}
