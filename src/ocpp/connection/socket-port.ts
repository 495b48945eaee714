/** Defines what a connection needs of its WebSocket, so that a simulated socket can take its place. */

export interface SocketPort {
  /** Never throws; does nothing on a closed socket. */
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Closes at once, without a closing handshake. */
  terminate(): void;
  ping(): void;
  pause(): void;
  resume(): void;
  /** Bytes passed to `send` that have not been handed to the network yet. */
  readonly bufferedAmount: number;
}

export interface SocketListener {
  receive(text: string): void;
  receiveBinary(): void;
  /** The pong is on its way: the socket sends it, and bounds how many may be unread. */
  receivePing(): void;
  receivePong(): void;
  /** Called once, whichever side closed the socket. */
  handleClose(): void;
}
