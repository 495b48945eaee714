/** How many sockets are open, and how many of one network are still in their handshake: a flood costs its sender, not us. */
import type { Socket } from 'node:net';
import { networkOf } from './failure-throttle.js';

export interface CrowdLimits {
  readonly waitingPerNetwork: number;
  readonly socketsTotal: number;
}

interface Member {
  readonly socket: Socket;
  /** The network whose handshakes it counts among; absent once it is in, and for a trusted proxy. */
  network: string | undefined;
}

/** A TLS socket and the TCP socket below it have these in common. */
type Ends = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>;

export class Crowd {
  private readonly members = new Map<string, Member>();
  private readonly waiting = new Map<string, number>();

  constructor(
    private readonly limits: CrowdLimits,
    /** Proxies carry the handshakes of many. */
    private readonly trusts: (address: string) => boolean,
  ) {}

  /** Counts a fresh TCP connection until it closes. False: there are too many, cut it. */
  enter(socket: Socket): boolean {
    const address = socket.remoteAddress;
    if (address === undefined || this.members.size >= this.limits.socketsTotal) return false;
    const network = this.trusts(address) ? undefined : networkOf(address);
    if (network !== undefined) {
      const others = this.waiting.get(network) ?? 0;
      if (others >= this.limits.waitingPerNetwork) return false;
      this.waiting.set(network, others + 1);
    }
    const key = keyOf(socket);
    this.members.set(key, { socket, network });
    // Its address is gone by then: the key is kept.
    socket.once('close', () => {
      this.settled(key);
      this.members.delete(key);
    });
    return true;
  }

  /** Its handshake is over, and it is in. */
  admitted(socket: Ends): void {
    this.settled(keyOf(socket));
  }

  private settled(key: string): void {
    const member = this.members.get(key);
    if (member?.network === undefined) return;
    const left = (this.waiting.get(member.network) ?? 1) - 1;
    if (left > 0) this.waiting.set(member.network, left);
    else this.waiting.delete(member.network);
    member.network = undefined;
  }

  cutAll(): void {
    for (const { socket } of this.members.values()) socket.destroy();
  }
}

function keyOf({ remoteAddress, remotePort, localPort }: Ends): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
