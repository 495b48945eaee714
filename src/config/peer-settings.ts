/** What receivers of our answers differ in. */
export interface AckFormat {
  readonly ackForm: 'ack' | 'message-status' | 'status';
  readonly ackContext: boolean;
  readonly errorPlace: 'top' | 'message';
  readonly errorCode: 'text' | 'number';
  readonly errorType: boolean;
  /** `code` and `message`, or `errorCode` and `errorMessage`: in NACKs, and in the callbacks of 2.0.0. */
  readonly errorNames: 'code' | 'errorCode';
  /** Solicited callbacks and ACKs are signed together with the signature of the request that they answer. */
  readonly requestSignature: boolean;
  /** ACKs and NACKs carry `signature` in their body, over the request's digest and message id too. */
  readonly counterSignature: boolean;
  /** The context of a solicited callback says the digest of its request. */
  readonly requestDigest: boolean;
}
