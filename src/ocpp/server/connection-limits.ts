/** How many sockets are open, and how many of one network are still in their handshake: a flood costs its sender, not us. */
import type { Socket } from 'node:net';
import { networkOf } from './failure-throttle.js';

export interface ConnectionLimitOptions {
  readonly waitingPerNetwork: number;
  readonly socketsTotal: number;
}

interface OpenSocket {
  readonly socket: Socket;
  /** The network whose handshakes it counts among; absent once it is in, and for a trusted proxy. */
  network: string | undefined;
}

/** A TLS socket and the TCP socket below it have these in common. */
type SocketEndpoints = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>;

export class ConnectionLimits {
  private readonly openSockets = new Map<string, OpenSocket>();
  private readonly handshaking = new Map<string, number>();

  constructor(
    private readonly limits: ConnectionLimitOptions,
    /** Proxies carry the handshakes of many. */
    private readonly isTrustedProxy: (address: string) => boolean,
  ) {}

  /** Counts a fresh TCP connection until it closes. False: there are too many, cut it. */
  tryAdd(socket: Socket): boolean {
    const address = socket.remoteAddress;
    if (address === undefined || this.openSockets.size >= this.limits.socketsTotal) return false;
    const network = this.isTrustedProxy(address) ? undefined : networkOf(address);
    if (network !== undefined) {
      const others = this.handshaking.get(network) ?? 0;
      if (others >= this.limits.waitingPerNetwork) return false;
      this.handshaking.set(network, others + 1);
    }
    const key = socketKey(socket);
    this.openSockets.set(key, { socket, network });
    // Its address is gone by then: the key is kept.
    socket.once('close', () => {
      this.uncountHandshake(key);
      this.openSockets.delete(key);
    });
    return true;
  }

  /** Its handshake is over, and it is in. */
  handshakeCompleted(socket: SocketEndpoints): void {
    this.uncountHandshake(socketKey(socket));
  }

  private uncountHandshake(key: string): void {
    const member = this.openSockets.get(key);
    if (member?.network === undefined) return;
    const left = (this.handshaking.get(member.network) ?? 1) - 1;
    if (left > 0) this.handshaking.set(member.network, left);
    else this.handshaking.delete(member.network);
    member.network = undefined;
  }

  terminateAll(): void {
    for (const { socket } of this.openSockets.values()) socket.destroy();
  }
}

function socketKey({ remoteAddress, remotePort, localPort }: SocketEndpoints): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
