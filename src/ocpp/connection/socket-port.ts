/** Defines what a connection needs from its WebSocket, so that a simulated socket can replace it. */

export interface SocketPort {
  /** Sends a text frame. Never throws; does nothing on a closed socket. */
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Closes at once, without a closing handshake. */
  terminate(): void;
  ping(): void;
  pause(): void;
  resume(): void;
  /** How many bytes passed to `send` are still waiting for the network. */
  readonly bufferedAmount: number;
}

export interface SocketListener {
  receive(text: string): void;
  receiveBinary(): void;
  /** Called for a ping. The socket itself sends the pong and limits how many may be unread. */
  receivePing(): void;
  receivePong(): void;
  /** Called once, whichever side closed the socket. */
  handleClose(): void;
}
