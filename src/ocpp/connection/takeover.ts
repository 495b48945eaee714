/** Decides which of two sockets keeps an identity that both claim, and when takeovers lead to quarantine. */
import type { SecurityProfile, QuarantineCause } from '../../ports/charger-access.js';

/** How long the current socket may take to show a sign of life, ms. */
export const LIVENESS_TIMEOUT_MS = 3_000;
/** After this many takeovers of a live socket within `FLAP_WINDOW_MS`, the current socket keeps the identity. */
const FLAP_LIMIT = 3;
const FLAP_WINDOW_MS = 60_000;

/**
 * Allows another charger to take over a live socket `takeovers` times within `withinS` seconds. One more takeover puts
 * the charge point into quarantine.
 */
export interface QuarantineRule {
  readonly takeovers: number;
  readonly withinS: number;
}

export const DEFAULT_QUARANTINE_RULE: QuarantineRule = { takeovers: 3, withinS: 600 };

/** Where a socket comes from, and how it proved its identity. */
export interface ConnectionOrigin {
  /** The peer's address. Two sockets from one address are more likely to belong to one charger. */
  readonly address: string;
  readonly profile: SecurityProfile;
  /** The CN of the client certificate. */
  readonly certificateName?: string;
  /** The SHA-256 fingerprint of the client certificate. */
  readonly fingerprint?: string;
}

/**
 * Returns whether the new socket takes the identity although the old one is alive. It does if it proved the identity
 * over TLS. Otherwise it may belong to a stranger, so it must come from the same address while no transaction is open.
 */
export function challengerWins(
  old: ConnectionOrigin,
  challenger: ConnectionOrigin,
  hasOpenTransaction: boolean,
): boolean {
  return challenger.profile >= 2 || (challenger.address === old.address && !hasOpenTransaction);
}

/**
 * Returns whether two sockets seem to belong to one charger: they have the same address, and proved the identity in the
 * same way. Some chargers open new sockets without closing the old ones, for example because their reconnect timers
 * double after a Reset. Such a takeover does not lead to quarantine.
 */
export function isSameCharger(old: ConnectionOrigin, challenger: ConnectionOrigin): boolean {
  return (
    old.address === challenger.address &&
    old.profile === challenger.profile &&
    old.certificateName === challenger.certificateName &&
    old.fingerprint === challenger.fingerprint
  );
}

/** A takeover of a live socket. */
export interface Takeover {
  /** Monotonic ms. */
  readonly at: number;
  /** True if both sockets belonged to one charger. */
  readonly isSame: boolean;
}

/** Returns how long a takeover is remembered, ms. */
export function takeoverMemoryMs({ withinS }: QuarantineRule): number {
  return Math.max(FLAP_WINDOW_MS, withinS * 1000);
}

/** Returns whether live sockets were taken over too often in the last minute. @unit `takeovers`: monotonic ms */
export function isFlapping(takeovers: readonly number[], now: number): boolean {
  return takeovers.filter((at) => at > now - FLAP_WINDOW_MS).length >= FLAP_LIMIT;
}

/**
 * Returns why a claim to the identity of a live socket leads to quarantine; `undefined` if it does not. Must be called
 * only for a claim that succeeds, or that is refused only because of `isFlapping`. Replacing a silent socket does not
 * count, because connections break all the time.
 * @param takeovers Earlier takeovers of the identity by another charger, monotonic ms.
 */
export function findQuarantineCause(
  { old, challenger }: { readonly old: ConnectionOrigin; readonly challenger: ConnectionOrigin },
  takeovers: readonly number[],
  now: number,
  rule: QuarantineRule,
): QuarantineCause | undefined {
  if (isSameCharger(old, challenger)) return undefined;
  const { address, fingerprint } = challenger;
  if (old.fingerprint !== undefined && fingerprint !== undefined && old.fingerprint !== fingerprint) {
    const detail = `A socket with another client certificate (SHA-256 ${fingerprint}) claimed the identity of a live one.`;
    return { reason: 'other-certificate', detail, address };
  }
  const count = takeovers.filter((at) => at > now - rule.withinS * 1000).length + 1;
  if (count <= rule.takeovers) return undefined;
  const detail = `${count} times within ${rule.withinS} s, another socket claimed the identity of a live one.`;
  return { reason: 'takeovers', detail, address };
}
