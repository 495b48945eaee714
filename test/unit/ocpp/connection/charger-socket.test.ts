/** An independent parser reads the frames that we encode ourselves. */
import { createRequire } from 'node:module';
import { PassThrough, type Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { encodeTextFrame } from '../../../../src/ocpp/connection/charger-socket.js';

// `ws` exports it, but its types do not declare it.
const { Receiver } = createRequire(import.meta.url)('ws') as {
  readonly Receiver: new (options: { readonly isServer: boolean }) => Writable;
};

/** Decodes a frame with a WebSocket implementation. */
async function received(frame: string): Promise<{ readonly text: string; readonly isBinary: boolean }> {
  const receiver = new Receiver({ isServer: false });
  const stream = new PassThrough();
  stream.pipe(receiver);
  const message = new Promise<{ text: string; isBinary: boolean }>((resolve, reject) => {
    receiver.on('message', (data: Buffer, isBinary: boolean) => resolve({ text: data.toString(), isBinary }));
    receiver.on('error', reject);
  });
  stream.end(Buffer.from(frame, 'latin1'));
  return message;
}

describe('textFrame', () => {
  it.each([0, 1, 125, 126, 127, 255, 256, 65_535])('%i characters arrive as one text message', async (length) => {
    const text = 'x'.repeat(length);
    expect(await received(encodeTextFrame(text) ?? '')).toEqual({ text, isBinary: false });
  });

  it('keeps control characters and quotes as they are', async () => {
    const text = '[3,"a\\"b",{"vendor":"\t\u0000\u007f"}]';
    expect((await received(encodeTextFrame(text) ?? '')).text).toBe(text);
  });

  it.each(['[3,"é",{}]', 'x'.repeat(65_536)])('leaves the rest to others (%#)', (text) => {
    expect(encodeTextFrame(text)).toBeUndefined();
  });
});
