/** A TCP proxy in front of a MongoDB engine that breaks all connections at a chosen write. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Write {
  readonly command: string;
  readonly collection: string;
}

/**
 * `before`: the write never reaches the server. `after`: the write succeeds, but its reply is lost. `late`: the write
 * arrives only after `releaseLate`.
 */
export type CutMode = 'before' | 'after' | 'late';

export interface CuttingProxy {
  /** The database's address with the port of the proxy. */
  uri(database: string): string;
  /** Breaks every connection at the `nth` write from now (0 is the next one), and refuses new ones until `heal`. */
  cutAt(nth: number, mode: CutMode): void;
  /** Whether the cut of `cutAt` has happened, and `heal` has not been called since. */
  hasCut(): boolean;
  heal(): Promise<void>;
  /** Lets the write held back by mode `late` arrive. */
  releaseLate(): void;
  /** The counted writes since the last `cutAt` or `forget`. */
  readonly writes: readonly Write[];
  forget(): void;
  stop(): Promise<void>;
}

const OP_MSG = 2013;
const HEADER_BYTES = 16;
const WRITE_COMMANDS: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'findAndModify']);

/** @param isCounted Selects the writes that count; by default all except those of the lease, which a timer renews. */
export async function startCuttingProxy(
  engineUri: (database: string) => string,
  isCounted: (write: Write) => boolean = ({ collection }) => collection !== 'lease',
): Promise<CuttingProxy> {
  const target = new URL(engineUri('x'));
  const sockets = new Set<Socket>();
  let writes: Write[] = [];
  let cut: { readonly nth: number; readonly mode: CutMode } | undefined;
  let isDown = false;
  let sendLate: (() => void) | undefined;

  const breakAll = (): void => {
    isDown = true;
    cut = undefined;
    // New connections are refused, not accepted and closed, because driver version 7.8 does not survive the latter.
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const accept = (client: Socket): void => {
    if (isDown) return void client.destroy();
    const inside = connect(Number(target.port), target.hostname);
    let awaitedReply: number | undefined;
    for (const socket of [client, inside]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => void (sockets.has(inside) && inside.destroy()));
    inside.on('close', () => client.destroy());
    onMessages(client, (message) => {
      const write = writeOf(message);
      if (write === undefined || !isCounted(write)) return void inside.write(message);
      writes.push(write);
      if (cut === undefined || writes.length - 1 !== cut.nth) return void inside.write(message);
      if (cut.mode === 'after') awaitedReply = message.readInt32LE(4);
      if (cut.mode === 'late') {
        sockets.delete(inside);
        sendLate = () => void inside.end(message);
      }
      if (cut.mode !== 'after') return breakAll();
      inside.write(message);
    });
    onMessages(inside, (message) => {
      if (awaitedReply !== undefined && message.readInt32LE(8) === awaitedReply) return breakAll();
      if (!client.destroyed) client.write(message);
    });
  };
  const listen = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const next = createServer(accept).listen(port, '127.0.0.1', () => resolve(next));
    });
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    uri: (database) => `mongodb://127.0.0.1:${port}/${database}`,
    cutAt(nth, mode) {
      writes = [];
      cut = { nth, mode };
    },
    hasCut: () => isDown,
    async heal() {
      cut = undefined;
      if (isDown) server = await listen(port);
      isDown = false;
    },
    releaseLate: () => sendLate?.(),
    get writes() {
      return writes;
    },
    forget() {
      writes = [];
    },
    stop() {
      if (!isDown) breakAll();
      return Promise.resolve();
    },
  };
}

/** Splits a stream into messages of MongoDB's wire protocol. Each message begins with its length. */
function onMessages(socket: Socket, handle: (message: Buffer) => void): void {
  let waiting: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    while (waiting.length >= HEADER_BYTES && waiting.length >= waiting.readInt32LE(0)) {
      const length = waiting.readInt32LE(0);
      const message = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      handle(message);
    }
  });
}

/** Reads the command and its collection from the first element of the message's BSON document. */
function writeOf(message: Buffer): Write | undefined {
  // Header, flags (4 bytes), kind of section (1), length of the document (4), type of the first element (1).
  if (message.readInt32LE(12) !== OP_MSG || message[HEADER_BYTES + 4] !== 0) return undefined;
  const nameAt = HEADER_BYTES + 10;
  const nameEnd = message.indexOf(0, nameAt);
  const command = message.toString('latin1', nameAt, nameEnd);
  if (!WRITE_COMMANDS.has(command)) return undefined;
  const collection = message.toString('utf8', nameEnd + 5, message.indexOf(0, nameEnd + 5));
  return { command, collection };
}
