/** Two sockets, one identity: who keeps it. */
import type { QuarantineCause, SecurityProfile } from '../../ports/charger-access.js';
import type { Cancel } from '../../ports/runtime.js';
import type { Connection } from './connection.js';

/** How long the socket that has the identity may take to show life, ms. */
export const LIVENESS_TIMEOUT_MS = 3_000;
/** So many takeovers of a living socket within `FLAP_WINDOW_MS` freeze the identity where it is. */
export const FLAP_LIMIT = 3;
const FLAP_WINDOW_MS = 60_000;

/** More takeovers of a living socket than this within so many seconds, and the charge point is not trusted with starts. */
export interface QuarantineRule {
  readonly takeovers: number;
  readonly withinS: number;
}

export const DEFAULT_QUARANTINE_RULE: QuarantineRule = { takeovers: 3, withinS: 600 };

/** Where a socket came from, and how it proved its identity. */
export interface ConnectionOrigin {
  /** The peer's address; two sockets from one address are more likely one charger. */
  readonly address: string;
  readonly profile: SecurityProfile;
  /** CN of its certificate. */
  readonly certificateName?: string;
  /** SHA-256 of its certificate. */
  readonly fingerprint?: string;
}

/** A dispute that is being decided. */
export interface Dispute {
  challenger: Connection;
  readonly cancel: Cancel;
}

/**
 * Whether the newcomer gets the identity although the older socket has shown life.
 * Whoever proved it over TLS does: it is the charger. A name alone, or a password that went over an open wire, may be
 * a stranger's: it gets nothing from another address, nor while a transaction is open.
 * @param charging The identity has an open transaction.
 */
export function challengerWins(old: ConnectionOrigin, newcomer: ConnectionOrigin, charging: boolean): boolean {
  return newcomer.profile >= 2 || (newcomer.address === old.address && !charging);
}

/** How long a takeover counts for anything, ms. */
export function takeoverMemoryMs({ withinS }: QuarantineRule): number {
  return Math.max(FLAP_WINDOW_MS, withinS * 1000);
}

/** Whether a newcomer that would win has taken the identity too often in the last minute. @unit `takeovers`: epoch ms */
export function isFlapping(takeovers: readonly number[], now: number): boolean {
  return takeovers.filter((at) => at > now - FLAP_WINDOW_MS).length >= FLAP_LIMIT;
}

/**
 * Why a takeover of a living socket puts the charge point into quarantine; `undefined` when it does not. A silent socket
 * that is replaced is no takeover: lines that break are the rule.
 * @param before When the identity was taken over before, epoch ms.
 */
export function findQuarantineCause(
  old: ConnectionOrigin,
  newcomer: ConnectionOrigin,
  before: readonly number[],
  now: number,
  { takeovers, withinS }: QuarantineRule,
): QuarantineCause | undefined {
  const { address } = newcomer;
  const bothShown = old.fingerprint !== undefined && newcomer.fingerprint !== undefined;
  if (bothShown && old.fingerprint !== newcomer.fingerprint) {
    const detail = `A living socket was taken over with another client certificate (SHA-256 ${newcomer.fingerprint}).`;
    return { reason: 'other-certificate', detail, address };
  }
  const count = before.filter((at) => at > now - withinS * 1000).length + 1;
  if (count <= takeovers) return undefined;
  return { reason: 'takeovers', detail: `${count} takeovers of a living socket within ${withinS} s.`, address };
}
