/** What the edge uses of a WebSocket, so that a simulated one can stand in for it. */

export interface SocketPort {
  /** Never throws; a dead socket swallows it. */
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Gone at once, without a closing handshake. */
  terminate(): void;
  ping(): void;
  pause(): void;
  resume(): void;
  /** Bytes handed to `send` that the network has not taken yet. */
  readonly bufferedAmount: number;
}

/** Where a socket's news go. */
export interface SocketListener {
  receive(text: string): void;
  receiveBinary(): void;
  receivePong(): void;
  /** Once, whoever closed it. */
  handleClose(): void;
}
