/** The differences between the receivers of our ACKs and callbacks. */
export interface AckFormat {
  readonly ackForm: 'ack' | 'message-status' | 'status';
  readonly ackContext: boolean;
  readonly errorPlace: 'top' | 'message';
  readonly errorCode: 'text' | 'number';
  readonly errorType: boolean;
  /** `code` and `message`, or `errorCode` and `errorMessage`, in NACKs and in the callbacks of 2.0.0. */
  readonly errorNames: 'code' | 'errorCode';
  /** The signature of a solicited callback or ACK covers the signature of the request that it answers. */
  readonly requestSignature: boolean;
  /** ACKs and NACKs carry a `signature` in their body that also covers the request's digest and message id. */
  readonly counterSignature: boolean;
  /** The context of a solicited callback names the digest of its request. */
  readonly requestDigest: boolean;
}
