/** Limits the open sockets in total and the unfinished handshakes per network, as protection against floods. */
import type { Socket } from 'node:net';
import { networkOf } from './failure-throttle.js';

export interface ConnectionLimitOptions {
  /** The maximum number of unfinished handshakes per network. */
  readonly waitingPerNetwork: number;
  readonly socketsTotal: number;
}

interface OpenSocket {
  readonly socket: Socket;
  /** The network of the unfinished handshake; `undefined` after the handshake, and for a trusted proxy. */
  network: string | undefined;
}

/** The addresses and ports that a TLS socket shares with its underlying TCP socket. They identify both. */
type SocketEndpoints = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>;

export class ConnectionLimits {
  readonly #limits: ConnectionLimitOptions;
  readonly #isTrustedProxy: (address: string) => boolean;
  readonly #openSockets = new Map<string, OpenSocket>();
  /** The number of unfinished handshakes, by network. */
  readonly #handshakes = new Map<string, number>();

  /** @param isTrustedProxy A proxy carries the handshakes of many networks, so its handshakes are not limited. */
  constructor(limits: ConnectionLimitOptions, isTrustedProxy: (address: string) => boolean) {
    this.#limits = limits;
    this.#isTrustedProxy = isTrustedProxy;
  }

  /**
   * Counts a new TCP connection until it closes.
   * @returns False if a limit is reached or the socket is closed already; the caller then destroys the socket.
   */
  tryAdd(socket: Socket): boolean {
    const address = socket.remoteAddress;
    if (address === undefined || this.#openSockets.size >= this.#limits.socketsTotal) return false;
    const network = this.#isTrustedProxy(address) ? undefined : networkOf(address);
    if (network !== undefined) {
      const others = this.#handshakes.get(network) ?? 0;
      if (others >= this.#limits.waitingPerNetwork) return false;
      this.#handshakes.set(network, others + 1);
    }
    // A closed socket has no address any more, so the key is computed now.
    const key = socketKey(socket);
    this.#openSockets.set(key, { socket, network });
    socket.once('close', () => {
      this.#endHandshake(key);
      this.#openSockets.delete(key);
    });
    return true;
  }

  handshakeCompleted(socket: SocketEndpoints): void {
    this.#endHandshake(socketKey(socket));
  }

  #endHandshake(key: string): void {
    const entry = this.#openSockets.get(key);
    if (entry?.network === undefined) return;
    const others = (this.#handshakes.get(entry.network) ?? 1) - 1;
    if (others > 0) this.#handshakes.set(entry.network, others);
    else this.#handshakes.delete(entry.network);
    entry.network = undefined;
  }

  terminateAll(): void {
    for (const { socket } of this.#openSockets.values()) socket.destroy();
  }
}

function socketKey({ remoteAddress, remotePort, localPort }: SocketEndpoints): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
