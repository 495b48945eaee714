/** Implements the charge point's end of OCPP-J: frames, one CALL at a time, and reconnection. @source OCPP-J 1.6 §4. */
import { WebSocket } from 'ws';
import type { Cancel, Clock, Random } from '../../../ports/runtime.js';
import { isJson, parseJson, type Json } from '../../runtime/json.js';

export type Payload = Json;

export type CallResult =
  | { readonly kind: 'result'; readonly payload: Payload }
  | { readonly kind: 'error'; readonly code: string; readonly description: string }
  /** No socket was open, the socket closed before the answer, or no answer came in time. */
  | { readonly kind: 'lost' };

/** The answer to a CALL from the central system. A `code` makes it a CALLERROR. */
export type CallResponse = { readonly payload: Payload } | { readonly code: string; readonly description: string };

export interface OcppClientOptions {
  readonly url: string;
  readonly id: string;
  readonly subprotocol: string;
  readonly password?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** 30,000 by default. */
  readonly callTimeoutMs?: number;
  onOpen(): void;
  onClose(): void;
  onCall(action: string, payload: Payload): CallResponse;
  onFrame?(direction: 'in' | 'out', frame: unknown[], at: number): void;
}

interface PendingCall {
  readonly id: string;
  readonly action: string;
  readonly payload: Payload;
  readonly resolve: (result: CallResult) => void;
}

const [CALL, CALLRESULT, CALLERROR] = [2, 3, 4];
const DEFAULT_CALL_TIMEOUT_MS = 30_000;
const INITIAL_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
const MAX_BACKOFF_DOUBLINGS = 10;

export class OcppClient {
  readonly #options: OcppClientOptions;
  #socket: WebSocket | undefined;
  /** True from `connect` to `close`. Only then is a lost socket replaced. */
  #reconnects = false;
  #silent = false;
  #failedAttempts = 0;
  #cancelReconnect: Cancel | undefined;
  #cancelCallTimeout: Cancel | undefined;
  #outstanding: PendingCall | undefined;
  #queue: PendingCall[] = [];

  constructor(options: OcppClientOptions) {
    this.#options = options;
  }

  connect(): void {
    this.#reconnects = true;
    this.#openSocket();
  }

  close(): Promise<void> {
    this.#reconnects = false;
    this.#cancelReconnect?.();
    const socket = this.#socket;
    if (!socket) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      if (socket.readyState === WebSocket.OPEN && !this.#silent) socket.close(1000);
      else socket.terminate();
    });
  }

  isOnline(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  call(action: string, payload: Payload, messageId = this.#options.random.uuid()): Promise<CallResult> {
    if (!this.isOnline()) return Promise.resolve({ kind: 'lost' });
    return new Promise((resolve) => {
      this.#queue.push({ id: messageId, action, payload, resolve });
      this.#sendNext();
    });
  }

  /** Cuts the connection and reconnects after `forMs`. */
  drop(forMs: number): void {
    const socket = this.#socket;
    if (socket) {
      this.#handleClose(forMs);
      socket.terminate();
    } else {
      this.#reconnectAfter(forMs);
    }
  }

  /** Stops reading and writing, but keeps the TCP connection. Reconnects after `forMs`, if given. */
  goHalfOpen(forMs?: number): void {
    this.#silent = true;
    this.#socket?.pause();
    if (forMs !== undefined) this.#options.clock.callLater(forMs, () => this.#silent && this.drop(0));
  }

  #openSocket(): void {
    this.#cancelReconnect?.();
    this.#cancelReconnect = undefined;
    if (!this.#reconnects || this.#socket) return;
    this.#silent = false;
    const { url: baseUrl, id, password, subprotocol } = this.#options;
    const headers: { [name: string]: string } =
      password === undefined ? {} : { authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}` };
    const url = `${baseUrl.replace(/\/$/, '')}/${encodeURIComponent(id)}`;
    const socket = new WebSocket(url, [subprotocol], { headers, perMessageDeflate: false });
    this.#socket = socket;
    socket.on('open', () => {
      this.#failedAttempts = 0;
      this.#options.onOpen();
    });
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (!binary && !this.#silent) this.#receive(data.toString('utf8'));
    });
    // Every error is followed by 'close', whose handler does all that is needed.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket === socket) this.#handleClose(undefined);
    });
  }

  /**
   * Forgets the socket and schedules the next one.
   * @param waitMs If `undefined`, the wait doubles with each failed attempt up to a minute, plus up to 25 % of jitter.
   */
  #handleClose(waitMs: number | undefined): void {
    this.#socket = undefined;
    this.#loseCalls();
    this.#options.onClose();
    if (!this.#reconnects) return;
    const jitter = 1 + this.#options.random.fraction() / 4;
    const backoffMs = Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** this.#failedAttempts) * jitter;
    this.#failedAttempts = Math.min(this.#failedAttempts + 1, MAX_BACKOFF_DOUBLINGS);
    this.#reconnectAfter(waitMs ?? backoffMs);
  }

  #reconnectAfter(ms: number): void {
    this.#cancelReconnect?.();
    this.#cancelReconnect = this.#options.clock.callLater(ms, () => this.#openSocket());
  }

  #loseCalls(): void {
    this.#cancelCallTimeout?.();
    const calls = this.#outstanding ? [this.#outstanding, ...this.#queue] : this.#queue;
    this.#outstanding = undefined;
    this.#queue = [];
    for (const call of calls) call.resolve({ kind: 'lost' });
  }

  #receive(text: string): void {
    const frame = parseJson(text);
    if (!Array.isArray(frame)) return;
    const { clock, onCall } = this.#options;
    this.#options.onFrame?.('in', frame, clock.now());
    const [type, id, third, fourth] = frame as unknown[];
    if (type === CALLRESULT) this.#finish(id, { kind: 'result', payload: isJson(third) ? third : {} });
    else if (type === CALLERROR) this.#finish(id, { kind: 'error', code: String(third), description: String(fourth) });
    else if (type === CALL) {
      const response = onCall(String(third), isJson(fourth) ? fourth : {});
      this.#write(
        'code' in response
          ? [CALLERROR, id, response.code, response.description, {}]
          : [CALLRESULT, id, response.payload],
      );
    }
  }

  #write(frame: unknown[]): void {
    if (!this.isOnline() || this.#silent) return;
    this.#options.onFrame?.('out', frame, this.#options.clock.now());
    this.#socket?.send(JSON.stringify(frame));
  }

  #sendNext(): void {
    if (this.#outstanding || this.#silent || !this.isOnline()) return;
    const call = this.#queue.shift();
    if (!call) return;
    this.#outstanding = call;
    const { clock, callTimeoutMs = DEFAULT_CALL_TIMEOUT_MS } = this.#options;
    this.#cancelCallTimeout = clock.callLater(callTimeoutMs, () => this.#finish(call.id, { kind: 'lost' }));
    this.#write([CALL, call.id, call.action, call.payload]);
  }

  #finish(id: unknown, result: CallResult): void {
    const call = this.#outstanding;
    if (call?.id !== id) return;
    this.#outstanding = undefined;
    this.#cancelCallTimeout?.();
    call?.resolve(result);
    this.#sendNext();
  }
}
