/** Our signature on an answer, in either of the two ways of Beckn 2.0: in a header of it, or in its body. */
import type { Answer } from '../protocol/nack-codes.js';
import type { Acknowledged } from '../signing/signature.js';
import type { Signer } from '../signing/signer.js';

/** @source NFH-004: the ACK's signature travels in a header of the answer. */
export function signedInHeader(answer: Answer, signer: Signer, requestSignature: string): Answer {
  const header = signer.header(Buffer.from(answer.body), { requestSignature });
  return { ...answer, headers: { ...answer.headers, Signature: header } };
}

/**
 * Makes the `signature` of an answer's body.
 * @source Beckn 2.0.0 LTS, `CounterSignature`. Over which bytes, where it stands among them, is left open there: it is
 *         over the body as it would be sent without it.
 */
export function countersigner(signer: Signer, receiptFor: Acknowledged): (body: string) => string {
  return (body) => signer.header(Buffer.from(body), { receiptFor });
}
