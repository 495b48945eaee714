/** Links to a session's page: guessable by nobody, valid for a while, and worth nothing elsewhere. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface TrackingTokens {
  make(orderId: string, expiresAt: number): string;
  /** The order's id; `undefined` when forged, damaged or expired at `now` (epoch ms). */
  read(token: string, now: number): string | undefined;
}

/** @param key Any secret of ours; it is bound to this use before it signs. */
export function createTrackingTokens(key: Uint8Array): TrackingTokens {
  const bound = createHmac('sha256', key).update('tracking link').digest();
  const mac = (text: string): Buffer => createHmac('sha256', bound).update(text).digest().subarray(0, 16);
  return {
    make(orderId, expiresAt) {
      const text = `${orderId}.${expiresAt.toString(36)}`;
      return `${text}.${mac(text).toString('base64url')}`;
    },
    read(token, now) {
      const [orderId, expires, proof, ...rest] = token.split('.');
      if (orderId === undefined || expires === undefined || proof === undefined || rest.length > 0) return undefined;
      const given = Buffer.from(proof, 'base64url');
      const wanted = mac(`${orderId}.${expires}`);
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
      return Number.parseInt(expires, 36) > now ? orderId : undefined;
    },
  };
}
