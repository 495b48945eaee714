/** A WebSocket text message as the bytes of one write. */

// Everything that this edge writes by itself is ASCII; only what it echoes may not be.

const ASCII = /^[\0-\x7f]*$/;
const TEXT = '\x81';

/**
 * An unfragmented, unmasked text frame, as a server sends it.
 * @shape  Latin-1: each character is one byte on the wire. `undefined` for what is not ASCII or longer than 65,535 bytes.
 * @source RFC 6455 §5.2
 */
export function textFrame(text: string): string | undefined {
  const { length } = text;
  if (length > 0xffff || !ASCII.test(text)) return undefined;
  if (length < 126) return TEXT + String.fromCharCode(length) + text;
  return TEXT + String.fromCharCode(126, length >> 8, length & 0xff) + text;
}
