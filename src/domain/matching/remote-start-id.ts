/** Computes the `remoteStartId`, by which a 2.x station names the remote start that began a transaction. */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Thirty of the tag's 80 bits are enough, because a charge point has only a handful of open orders. */
const CHARACTERS = 6;

/**
 * Derives the id from the order's tag, so that it is known after a restart without being stored.
 * @shape  1 to 2^30.
 * @source OCPP 2.0.1 F01.FR.25
 */
export function remoteStartIdOf(idTag: string): number {
  let id = 0;
  for (const character of idTag.slice(0, CHARACTERS).toUpperCase())
    id = id * 32 + Math.max(0, BASE32.indexOf(character));
  return id + 1;
}
