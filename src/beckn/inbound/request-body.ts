/** Reads the body of a request as the bytes that were signed. */
import type { IncomingMessage } from 'node:http';
import type { NackCode } from '../protocol/nack-codes.js';

/**
 * Reads the whole body as the bytes that were sent, because the signature covers them. Never rejects.
 * @param maxBytes A longer body is not read to its end, so the connection cannot be reused.
 * @errors `encoding-unsupported` for an encoded body, which is refused rather than decoded; `too-large`;
 *         `body-aborted`.
 */
export function readRawBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | NackCode> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') return Promise.resolve('encoding-unsupported');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (result: Buffer | NackCode): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) settle('too-large');
    };
    const onEnd = (): void => settle(Buffer.concat(chunks, length));
    const onClose = (): void => settle('body-aborted');
    // A broken connection emits `error` before `close`; `close` settles the promise.
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', ignoreError);
  });
}

function ignoreError(): void {}
