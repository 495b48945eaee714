/** How the receivers of our ACKs and callbacks expect them to be formatted and signed. */
export interface AckFormat {
  readonly ackForm: 'ack' | 'message-status' | 'status';
  readonly ackContext: boolean;
  readonly errorPlace: 'top' | 'message';
  readonly errorCode: 'text' | 'number';
  readonly errorType: boolean;
  /** Whether errors in NACKs and 2.0.0 LTS callbacks have `code` and `message`, or `errorCode` and `errorMessage`. */
  readonly errorNames: 'code' | 'errorCode';
  /**
   * Whether the signature of an ACK or a solicited callback also covers the signature of the request that it answers.
   */
  readonly requestSignature: boolean;
  /** Whether the bodies of ACKs and NACKs carry a `signature` that also covers the request's digest and message id. */
  readonly counterSignature: boolean;
  /** Whether the context of a solicited callback contains the digest of the request that it answers. */
  readonly requestDigest: boolean;
}
