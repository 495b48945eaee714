/** Verifies the signature of a buyer app's ACK to a callback, if the ACK is signed. */
import type { AckFormat } from '../../config/peer-settings.js';
import type { OutboundCallback } from '../../ports/callback-delivery.js';
import type { HttpResponse } from '../../ports/http.js';
import { isObject, parseJsonOrUndefined } from '../protocol/json-reading.js';
import { digest } from '../signing/signature.js';
import type { Verifier } from '../registry/verify.js';

/**
 * Returns what is wrong with the signature of a response; `undefined` if it is valid or missing.
 * @param requestSignature base64 signature of the callback that the response acknowledges.
 */
export type AckCheck = (
  callback: OutboundCallback,
  response: HttpResponse,
  requestSignature: string,
) => Promise<string | undefined>;

/** Takes the signature from a header of the response or from its body, depending on the peer's format. */
export function createAckCheck(
  verifier: Pick<Verifier, 'authenticateAck'>,
  ackFormatOf: (callback: OutboundCallback) => AckFormat,
): AckCheck {
  return async (callback, { headers, body }, requestSignature) => {
    const format = ackFormatOf(callback);
    const { signature } = headers;
    const signed =
      format.requestSignature && signature !== undefined
        ? { signature, rawBody: Buffer.from(body), acknowledgedMessage: requestSignature }
        : format.counterSignature
          ? readCounterSignature(body, callback)
          : undefined;
    if (!signed) return undefined;
    const result = await verifier.authenticateAck(signed);
    if (!result.ok) return `the ACK's signature: ${result.reason}`;
    return result.subscriberId === callback.bapId ? undefined : `the ACK is signed by ${result.subscriberId}`;
  };
}

/** @source Beckn 2.0.0 LTS, `CounterSignature`. Like ours, it covers the body without `signature`. */
function readCounterSignature(
  body: string,
  callback: OutboundCallback,
): Parameters<Verifier['authenticateAck']>[0] | undefined {
  const parsed = parseJsonOrUndefined(body);
  if (!isObject(parsed)) return undefined;
  const { signature, ...unsigned } = parsed;
  if (typeof signature !== 'string') return undefined;
  return {
    signature,
    rawBody: Buffer.from(JSON.stringify(unsigned)),
    acknowledgedMessage: { digest: digest(Buffer.from(callback.body, 'utf8')), messageId: callback.messageId },
  };
}
