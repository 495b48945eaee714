/** Two sockets, one identity: who keeps it. */
import type { Cancel } from '../bridge/ports/runtime.js';
import type { Connection } from './connection.js';

/** How long the socket that has the identity may take to show life, ms. */
export const LIFE_MS = 3_000;
/** More takeovers of a living socket than this in `FLAP_WINDOW_MS` freeze the identity where it is. */
const FLAP_LIMIT = 3;
const FLAP_WINDOW_MS = 60_000;

/** A dispute that is being decided. */
export interface Dispute {
  challenger: Connection;
  readonly cancel: Cancel;
}

/**
 * Whether the newcomer gets the identity although the older socket has shown life.
 * With a password it does: it is the charger, or somebody who could have done worse. Without one, only from the
 * same address: a stranger must not throw a charger off by knowing its name.
 * @shape  `takeovers` holds the times (epoch ms) of earlier ones and is pruned here.
 */
export function newcomerWins(old: Connection, newcomer: Connection, takeovers: number[], now: number): boolean {
  while (takeovers.length > 0 && (takeovers[0] ?? 0) <= now - FLAP_WINDOW_MS) takeovers.shift();
  if (takeovers.length >= FLAP_LIMIT) return false;
  return newcomer.authenticated || newcomer.address === old.address;
}
