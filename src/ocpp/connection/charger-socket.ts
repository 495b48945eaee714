/** A charger's WebSocket. */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Events } from '../../ports/events.js';
import { encodeTextFrame } from '../frames/text-frame.js';
import type { SocketListener } from './socket-port.js';

/**
 * A `ws` socket that knows its listener, so that all sockets share their handlers: closures would cost memory for each.
 */
export class ChargerSocket extends WebSocket {
  listener: SocketListener | undefined;
  events: Events | undefined;
  /** The stream below the socket, where messages are not compressed. */
  stream: Duplex | undefined;

  /**
   * Writes the frame in one piece where possible: `ws` writes header and text apart, which costs 5 % more CPU per
   * reply.
   */
  override send(text: string): void {
    const frame = this.stream && this.readyState === WebSocket.OPEN ? encodeTextFrame(text) : undefined;
    if (frame === undefined) super.send(text);
    else this.stream?.write(frame, 'latin1');
  }
}

export function onPong(this: WebSocket): void {
  if (this instanceof ChargerSocket) this.listener?.receivePong();
}

export function onClose(this: WebSocket): void {
  if (this instanceof ChargerSocket) this.listener?.handleClose();
}
