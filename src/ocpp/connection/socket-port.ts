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
  /** Called for a ping or pong. The socket itself answers pings, and limits how many pongs may be unread. */
  recordLife(): void;
  /** Called with an unexpected error that the handling of a frame has thrown. */
  reportFault(action: string, fault: unknown): void;
  /** Called once, whichever side closed the socket. */
  handleClose(): void;
}
