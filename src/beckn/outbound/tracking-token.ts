/** Links to a session's page: guessable by nobody, valid for a while, and worth nothing elsewhere. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface TrackingTokens {
  issue(orderId: string, expiresAt: number): string;
  /** The order's id; `undefined` when forged, damaged or expired at `now` (epoch ms). */
  verify(token: string, now: number): string | undefined;
}

/** @param keys Secrets of ours, each bound to this use before it signs: the first makes links, all of them read. */
export function createTrackingTokens(keys: readonly Uint8Array[]): TrackingTokens {
  const bound = keys.map((key) => createHmac('sha256', key).update('tracking link').digest());
  const macs = (text: string): Buffer[] =>
    bound.map((key) => createHmac('sha256', key).update(text).digest().subarray(0, 16));
  return {
    issue(orderId, expiresAt) {
      const text = `${orderId}.${expiresAt.toString(36)}`;
      return `${text}.${macs(text)[0]?.toString('base64url') ?? ''}`;
    },
    verify(token, now) {
      const [orderId, expires, proof, ...rest] = token.split('.');
      if (orderId === undefined || expires === undefined || proof === undefined || rest.length > 0) return undefined;
      const given = Buffer.from(proof, 'base64url');
      const fits = (wanted: Buffer): boolean => given.length === wanted.length && timingSafeEqual(given, wanted);
      if (!macs(`${orderId}.${expires}`).some(fits)) return undefined;
      return Number.parseInt(expires, 36) > now ? orderId : undefined;
    },
  };
}
