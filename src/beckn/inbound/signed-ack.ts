/** Our signature on an answer, in either of the two ways of Beckn 2.0: in a header of it, or in its body. */
import type { WireResponse } from '../protocol/nack-codes.js';
import type { AcknowledgedRequest } from '../signing/signature.js';
import type { Signer } from '../signing/signer.js';

/** @source NFH-004: the ACK's signature travels in a header of the answer. */
export function withSignatureHeader(answer: WireResponse, signer: Signer, requestSignature: string): WireResponse {
  const header = signer.signatureHeader(Buffer.from(answer.body), { requestSignature });
  return { ...answer, headers: { ...answer.headers, Signature: header } };
}

/**
 * Makes the `signature` of an answer's body.
 * @source Beckn 2.0.0 LTS, `CounterSignature`. Over which bytes, where it stands among them, is left open there: it is
 *         over the body as it would be sent without it.
 */
export function createCountersigner(signer: Signer, receiptFor: AcknowledgedRequest): (body: string) => string {
  return (body) => signer.signatureHeader(Buffer.from(body), { receiptFor });
}
