/** Whether a buyer app's ACK to a callback is signed as receipts of Beckn 2.0 are, where it is signed at all. */
import type { AckFormat } from '../../config/peer-settings.js';
import type { CallbackSenderOptions, OutboundCallback } from './callback-sender.js';
import { isObject } from '../protocol/json-reading.js';
import { digest } from '../signing/signature.js';
import { signerMatches, type Verifier } from '../registry/verify.js';

/** In the header of the answer, or in its body: whichever the peer is known to do. */
export function createAckCheck(
  verifier: Verifier,
  shapeOf: (sent: OutboundCallback) => AckFormat,
): NonNullable<CallbackSenderOptions['ackProblem']> {
  return async (sent, { headers, body }, requestSignature) => {
    const shape = shapeOf(sent);
    const { signature } = headers;
    const proof =
      shape.requestSignature && signature !== undefined
        ? { signature, rawBody: Buffer.from(body), acknowledgedMessage: requestSignature }
        : shape.counterSignature
          ? readCounterSignature(body, sent)
          : undefined;
    if (!proof) return undefined;
    const answer = await verifier.authenticateAck(proof);
    if (!answer.ok) return `the ACK's signature: ${answer.reason}`;
    return signerMatches(answer.subscriberId, sent.bapId) ? undefined : `the ACK is signed by ${answer.subscriberId}`;
  };
}

/** @source Beckn 2.0.0 LTS, `CounterSignature`; over the body without it, as ours are. */
function readCounterSignature(
  body: string,
  sent: OutboundCallback,
): Parameters<Verifier['authenticateAck']>[0] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isObject(parsed) || typeof parsed['signature'] !== 'string') return undefined;
  const { signature, ...unsigned } = parsed;
  return {
    signature: String(signature),
    rawBody: Buffer.from(JSON.stringify(unsigned)),
    acknowledgedMessage: { digest: digest(Buffer.from(sent.body, 'utf8')), messageId: sent.messageId },
  };
}
