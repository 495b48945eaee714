/** Reads the body of a request as the bytes that were signed. */
import type { IncomingMessage } from 'node:http';
import type { NackCode } from '../protocol/nack-codes.js';
import type { BodiesInFlight, BodyInFlight } from './bodies-in-flight.js';

/** Where the bytes of a body are counted, and for which address. */
export interface BodyCount {
  readonly bodies: BodiesInFlight;
  readonly address: string;
  /** Called when counting begins. Whoever handles the request must close the body. */
  readonly onCounted: (body: BodyInFlight) => void;
}

/**
 * Reads the whole body as the bytes that were sent, because the signature covers them. Never rejects.
 * @unit   `maxBytes` counts the body only. A longer body is not read to its end, so the connection cannot be reused.
 * @errors `encoding-unsupported` for an encoded body, which is refused rather than inflated; `too-large`;
 *         `body-aborted`; `overloaded` if this body is dropped because all bodies together are too large.
 */
export function readRawBody(request: IncomingMessage, maxBytes: number, count?: BodyCount): Promise<Buffer | NackCode> {
  const problem = declaredSizeProblem(request, maxBytes);
  if (problem !== undefined) return Promise.resolve(problem);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let counted: BodyInFlight | undefined;
    const declared = Number(request.headers['content-length'] ?? -1);
    const settle = (result: Buffer | NackCode): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      if (counted) counted.abort = undefined;
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) return settle('too-large');
      // Most bodies arrive in one piece and need no count.
      if (!count || (length === declared && !counted)) return;
      if (!counted) {
        counted = count.bodies.open(count.address, () => settle('overloaded'));
        count.onCounted(counted);
        count.bodies.grow(counted, length);
      } else count.bodies.grow(counted, chunk.length);
    };
    const onEnd = (): void => settle(Buffer.concat(chunks, length));
    const onClose = (): void => settle('body-aborted');
    // A broken connection emits `error` before `close`; `close` settles the promise.
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', ignoreError);
  });
}

function ignoreError(): void {}

/** Returns a NACK code if the headers declare an encoded or too large body; otherwise `undefined`. */
export function declaredSizeProblem({ headers }: IncomingMessage, maxBytes: number): NackCode | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') return 'encoding-unsupported';
  return Number(headers['content-length'] ?? 0) > maxBytes ? 'too-large' : undefined;
}
