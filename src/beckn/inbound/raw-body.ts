/** A request's bytes as they were sent: a signature is over them. */
import type { IncomingMessage } from 'node:http';
import type { NackCode } from '../protocol/nack-codes.js';

/**
 * Reads all of it, or says why not. Never rejects.
 * @unit   `maxBytes` of body. A longer one is not read to its end, so the connection cannot be used again.
 * @errors `encoding-unsupported` for an encoded body, which is refused instead of inflated; `too-large`; `body-aborted`.
 */
export function readRawBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | NackCode> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') return Promise.resolve('encoding-unsupported');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (result: Buffer | NackCode): void => {
      request.off('data', take).off('end', whole).off('close', aborted);
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) settle('too-large');
    };
    const whole = (): void => settle(Buffer.concat(chunks, length));
    const aborted = (): void => settle('body-aborted');
    // A torn connection is an error first, then the close that counts.
    request.on('data', take).on('end', whole).on('close', aborted).on('error', ignoreError);
  });
}

function ignoreError(): void {}
