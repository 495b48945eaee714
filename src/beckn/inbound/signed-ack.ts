/** Signs our ACKs in one of the two places that Beckn 2.0 defines: in a header or inside the body. */
import type { WireResponse } from '../protocol/nack-codes.js';
import type { AcknowledgedRequest } from '../signing/signature.js';
import type { Signer } from '../signing/signer.js';

/** Adds a header with our signature. @source NFH-004: the signature of an ACK is sent in a header of the response. */
export function withSignatureHeader(response: WireResponse, signer: Signer, requestSignature: string): WireResponse {
  const signature = signer.signatureHeader(Buffer.from(response.body), { requestSignature });
  return { ...response, headers: { ...response.headers, Signature: signature } };
}

/**
 * Creates the function that computes the `signature` inside an ACK's body.
 * @source Beckn 2.0.0 LTS, `CounterSignature`. The specification does not say which bytes are signed; we sign the body
 *         as it would be sent without `signature`.
 */
export function createCountersigner(signer: Signer, receiptFor: AcknowledgedRequest): (body: string) => string {
  return (body) => signer.signatureHeader(Buffer.from(body), { receiptFor });
}
