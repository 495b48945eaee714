/** Addresses that stay the same while the process behind them changes, as with a load balancer. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { HOST } from '../e2e/test-system.js';

export class FrontDoor {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #ports: readonly number[];

  /** @param ports The ports of the process behind the door, in the same order as `ownPorts`. */
  constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  async open(ownPorts: readonly number[]): Promise<void> {
    for (const [index, port] of ownPorts.entries()) {
      const server = createServer((client) => this.#accept(client, index));
      this.#servers.push(server);
      await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
    }
  }

  /** Breaks every connection and forwards new ones to another process. */
  switchTo(ports: readonly number[]): void {
    this.#ports = ports;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #accept(client: Socket, index: number): void {
    const inside = connect(this.#ports[index] ?? 0, HOST);
    for (const [socket, other] of [
      [client, inside],
      [inside, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
