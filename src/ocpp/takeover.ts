/** Two sockets, one identity: who keeps it. */
import type { Cancel } from '../bridge/ports/runtime.js';
import type { SecurityProfile } from '../config/config.js';
import type { Connection } from './connection.js';

/** How long the socket that has the identity may take to show life, ms. */
export const LIFE_MS = 3_000;
/** So many takeovers of a living socket within `FLAP_WINDOW_MS` freeze the identity where it is. */
export const FLAP_LIMIT = 3;
const FLAP_WINDOW_MS = 60_000;

/** Where a socket came from, and how it proved its identity. */
export interface Origin {
  /** The peer's address; two sockets from one address are more likely one charger. */
  readonly address: string;
  readonly profile: SecurityProfile;
  /** CN of its certificate. */
  readonly certificateName?: string;
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
export function newcomerWins(old: Origin, newcomer: Origin, charging: boolean): boolean {
  return newcomer.profile >= 2 || (newcomer.address === old.address && !charging);
}

/** Takeovers of a living socket in the last minute. @shape `takeovers` holds their times, epoch ms; pruned here. */
export function takeoversWithin(seat: { takeovers: readonly number[] | undefined }, now: number): number {
  seat.takeovers = seat.takeovers?.filter((at) => at > now - FLAP_WINDOW_MS);
  return seat.takeovers?.length ?? 0;
}
