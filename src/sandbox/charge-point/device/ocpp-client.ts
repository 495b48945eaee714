/** The charge point's end of an OCPP-J socket: frames, one CALL at a time, reconnecting. OCPP-J 1.6 §4. */
import { WebSocket } from 'ws';
import type { Cancel, Clock, Random } from '../../../ports/runtime.js';

export type Payload = { [key: string]: unknown };

export type CallResult =
  | { readonly kind: 'result'; readonly payload: Payload }
  | { readonly kind: 'error'; readonly code: string; readonly description: string }
  /** No answer: the socket is away, or nobody answered in time. */
  | { readonly kind: 'lost' };

/** What the charge point says to a CALL; a `code` makes it a CALLERROR. */
export type CallResponse = { readonly payload: Payload } | { readonly code: string; readonly description: string };

export interface OcppClientOptions {
  readonly url: string;
  readonly id: string;
  readonly subprotocol: string;
  readonly password?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly callTimeoutMs?: number;
  onOpen(): void;
  onClose(): void;
  onCall(action: string, payload: Payload): CallResponse;
  onFrame?(direction: 'in' | 'out', frame: unknown[], at: number): void;
}

export interface OcppClient {
  connect(): void;
  close(): Promise<void>;
  online(): boolean;
  call(action: string, payload: Payload, messageId?: string): Promise<CallResult>;
  /** Cuts the connection and comes back after `forMs`. */
  drop(forMs: number): void;
  /** Half-open: reads nothing and writes nothing; after `forMs` it notices and reconnects. */
  halfOpen(forMs?: number): void;
}

interface PendingCall {
  readonly id: string;
  readonly action: string;
  readonly payload: Payload;
  readonly resolve: (answer: CallResult) => void;
}

const INITIAL_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

const isPayload = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function createOcppClient(options: OcppClientOptions): OcppClient {
  const { clock, random, callTimeoutMs = 30_000 } = options;
  let socket: WebSocket | undefined;
  let wanted = false;
  let silent = false;
  let tries = 0;
  let retry: Cancel | undefined;
  let patience: Cancel | undefined;
  let outstanding: PendingCall | undefined;
  let queue: PendingCall[] = [];

  const online = (): boolean => socket?.readyState === WebSocket.OPEN;

  function write(frame: unknown[]): void {
    if (!online() || silent) return;
    options.onFrame?.('out', frame, clock.now());
    socket?.send(JSON.stringify(frame));
  }

  function pump(): void {
    if (outstanding || silent || !online()) return;
    const next = queue.shift();
    if (!next) return;
    outstanding = next;
    patience = clock.callLater(callTimeoutMs, () => finish(next.id, { kind: 'lost' }));
    write([2, next.id, next.action, next.payload]);
  }

  function finish(id: unknown, answer: CallResult): void {
    if (outstanding?.id !== id) return;
    const done = outstanding;
    outstanding = undefined;
    patience?.();
    done?.resolve(answer);
    pump();
  }

  function loseAll(): void {
    patience?.();
    const lost = outstanding ? [outstanding, ...queue] : queue;
    outstanding = undefined;
    queue = [];
    for (const call of lost) call.resolve({ kind: 'lost' });
  }

  function receive(text: string): void {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (!Array.isArray(frame)) return;
    options.onFrame?.('in', frame, clock.now());
    const [type, id, third, fourth] = frame as unknown[];
    if (type === 3) finish(id, { kind: 'result', payload: isPayload(third) ? third : {} });
    else if (type === 4) finish(id, { kind: 'error', code: String(third), description: String(fourth) });
    else if (type === 2) {
      const reply = options.onCall(String(third), isPayload(fourth) ? fourth : {});
      write('code' in reply ? [4, id, reply.code, reply.description, {}] : [3, id, reply.payload]);
    }
  }

  function connect(): void {
    retry?.();
    retry = undefined;
    if (!wanted || socket) return;
    silent = false;
    const headers: { [name: string]: string } =
      options.password === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(`${options.id}:${options.password}`).toString('base64')}` };
    const url = `${options.url.replace(/\/$/, '')}/${encodeURIComponent(options.id)}`;
    const opened = new WebSocket(url, [options.subprotocol], { headers, perMessageDeflate: false });
    socket = opened;
    opened.on('open', () => {
      tries = 0;
      options.onOpen();
    });
    opened.on('message', (data: Buffer, binary: boolean) => {
      if (!binary && !silent) receive(data.toString('utf8'));
    });
    // 'close' follows every error; the reason is of no use to a charger.
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (socket === opened) gone(undefined);
    });
  }

  /** Forgets the socket and plans the next one: doubling waits with a little jitter unless `waitMs` is given. */
  function gone(waitMs: number | undefined): void {
    socket = undefined;
    loseAll();
    options.onClose();
    if (!wanted) return;
    const backoff = Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** tries) * (1 + random.fraction() / 4);
    tries = Math.min(tries + 1, 10);
    retry?.();
    retry = clock.callLater(waitMs ?? backoff, connect);
  }

  function drop(forMs: number): void {
    const old = socket;
    if (old) {
      gone(forMs);
      old.terminate();
    } else {
      retry?.();
      retry = clock.callLater(forMs, connect);
    }
  }

  return {
    online,
    drop,
    connect() {
      wanted = true;
      connect();
    },
    close() {
      wanted = false;
      retry?.();
      const old = socket;
      if (!old) return Promise.resolve();
      return new Promise((resolve) => {
        old.once('close', () => resolve());
        if (old.readyState === WebSocket.OPEN && !silent) old.close(1000);
        else old.terminate();
      });
    },
    call(action, payload, messageId = random.uuid()) {
      if (!online()) return Promise.resolve({ kind: 'lost' });
      return new Promise((resolve) => {
        queue.push({ id: messageId, action, payload, resolve });
        pump();
      });
    },
    halfOpen(forMs) {
      silent = true;
      socket?.pause();
      if (forMs !== undefined) clock.callLater(forMs, () => silent && drop(0));
    },
  };
}
