/** What a connection uses of its WebSocket, so that a simulated socket can take its place. */

export interface SocketPort {
  /** Never throws; a closed socket ignores it. */
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Closes at once, without a closing handshake. */
  terminate(): void;
  ping(): void;
  pause(): void;
  resume(): void;
  /** Bytes handed to `send` that the network has not taken yet. */
  readonly bufferedAmount: number;
}

/** Receives what happens on a socket. */
export interface SocketListener {
  receive(text: string): void;
  receiveBinary(): void;
  receivePong(): void;
  /** Called once, whichever side closed the socket. */
  handleClose(): void;
}
