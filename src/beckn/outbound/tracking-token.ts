/** Issues and verifies the tokens in tracking links. A token expires and gives access to one order's page only. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface TrackingTokens {
  issue(orderId: string, expiresAt: number): string;
  /** Returns the order's id; `undefined` if the token is forged, damaged or expired at `now` (epoch ms). */
  verify(token: string, now: number): string | undefined;
}

/** @param keys Our signing keys. A MAC key is derived from each: the first one issues tokens, and all verify them. */
export function createTrackingTokens(keys: readonly Uint8Array[]): TrackingTokens {
  const macKeys = keys.map((key) => createHmac('sha256', key).update('tracking link').digest());
  const macs = (text: string): Buffer[] =>
    macKeys.map((key) => createHmac('sha256', key).update(text).digest().subarray(0, 16));
  return {
    issue(orderId, expiresAt) {
      const text = `${orderId}.${expiresAt.toString(36)}`;
      return `${text}.${macs(text)[0]?.toString('base64url') ?? ''}`;
    },
    verify(token, now) {
      const [orderId, expires, proof, ...rest] = token.split('.');
      if (orderId === undefined || expires === undefined || proof === undefined || rest.length > 0) return undefined;
      const given = Buffer.from(proof, 'base64url');
      const matches = (mac: Buffer): boolean => given.length === mac.length && timingSafeEqual(given, mac);
      if (!macs(`${orderId}.${expires}`).some(matches)) return undefined;
      return Number.parseInt(expires, 36) > now ? orderId : undefined;
    },
  };
}
