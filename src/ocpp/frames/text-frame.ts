/** A WebSocket text message as the bytes of one write. */

// Everything that this edge writes by itself is ASCII; only what it echoes may not be.

const ASCII_ONLY = /^[\0-\x7f]*$/;
const FINAL_TEXT_FRAME = '\x81';

/**
 * An unfragmented, unmasked text frame, as a server sends it.
 * @shape  Latin-1: each character is one byte on the wire. `undefined` for what is not ASCII or longer than 65,535 bytes.
 * @source RFC 6455 §5.2
 */
export function encodeTextFrame(text: string): string | undefined {
  const { length } = text;
  if (length > 0xffff || !ASCII_ONLY.test(text)) return undefined;
  if (length < 126) return FINAL_TEXT_FRAME + String.fromCharCode(length) + text;
  return FINAL_TEXT_FRAME + String.fromCharCode(126, length >> 8, length & 0xff) + text;
}
