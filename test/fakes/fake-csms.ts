/** A small central system on a real socket. It answers in the usual way, records every call and can send calls. */
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

type Payload = { [key: string]: unknown };

export interface ReceivedCall {
  readonly id: string;
  readonly action: string;
  readonly payload: Payload;
}

export interface FakeCsms {
  readonly url: string;
  readonly received: ReceivedCall[];
  /** Sets the answer to an action. A string becomes a CALLERROR with that code; `undefined` means no answer. */
  answer(action: string, reply: (payload: Payload) => Payload | string | undefined): void;
  call(action: string, payload: Payload): Promise<unknown>;
  of(action: string): Payload[];
  readonly connections: () => number;
  readonly path: () => string | undefined;
  readonly authorization: () => string | undefined;
  close(): Promise<void>;
}

export async function startFakeCsms(now: () => number): Promise<FakeCsms> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: ([first]) => first ?? false });
  await new Promise((resolve) => server.once('listening', resolve));
  const received: ReceivedCall[] = [];
  const waiting = new Map<string, (payload: unknown) => void>();
  const replies = new Map<string, (payload: Payload) => Payload | string | undefined>();
  let socket: WebSocket | undefined;
  let connections = 0;
  let calls = 0;
  let transactions = 0;
  let path: string | undefined;
  let authorization: string | undefined;

  const time = (): string => new Date(now()).toISOString();
  replies.set('BootNotification', () => ({ status: 'Accepted', currentTime: time(), interval: 300 }));
  replies.set('Heartbeat', () => ({ currentTime: time() }));
  replies.set('Authorize', ({ idToken }) =>
    idToken === undefined ? { idTagInfo: { status: 'Accepted' } } : { idTokenInfo: { status: 'Accepted' } },
  );
  replies.set('TransactionEvent', ({ idToken }) =>
    idToken === undefined ? {} : { idTokenInfo: { status: 'Accepted' } },
  );
  replies.set('StartTransaction', () => ({ transactionId: (transactions += 1), idTagInfo: { status: 'Accepted' } }));

  server.on('connection', (opened, request) => {
    socket = opened;
    connections += 1;
    path = request.url;
    authorization = request.headers.authorization;
    opened.on('message', (data: Buffer) => {
      const [type, id, third, fourth] = JSON.parse(data.toString('utf8')) as [number, string, unknown, unknown];
      if (type !== 2) return waiting.get(id)?.(type === 3 ? third : { error: third });
      const action = String(third);
      received.push({ id, action, payload: fourth as Payload });
      const reply = (replies.get(action) ?? (() => ({})))(fourth as Payload);
      if (reply === undefined) return;
      opened.send(JSON.stringify(typeof reply === 'string' ? [4, id, reply, '', {}] : [3, id, reply]));
    });
  });

  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ocpp`,
    received,
    answer: (action, reply) => void replies.set(action, reply),
    call(action, payload) {
      const id = `c${(calls += 1)}`;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        socket?.send(JSON.stringify([2, id, action, payload]));
      });
    },
    of: (action) => received.filter((one) => one.action === action).map((one) => one.payload),
    connections: () => connections,
    path: () => path,
    authorization: () => authorization,
    close() {
      for (const one of server.clients) one.terminate();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
