/** What one identity asked lately and what it was told: the same CALL again gets the same answer, and no second effect. */

const CAPACITY = 64;

/**
 * Keyed by the fingerprint of the whole frame, id and payload together: a counter that began anew makes another frame, and another CALL.
 * Parallel arrays that are written over in place: at thousands of frames a second, objects that live for a minute
 * would cost more in garbage collection than all the rest of the frame's way.
 * @source OCPP-J 1.6 §4.1.4 and its errata 2025-04: a retry may reuse the id of the CALL it repeats.
 */
export class ReplyCache {
  private readonly fingerprints: number[] = [];
  /** Epoch ms. */
  private readonly expiryTimes: number[] = [];
  private readonly payloads: string[] = [];
  private nextToReplace = 0;

  /** The payload of the earlier answer. */
  find(print: number, now: number): string | undefined {
    const at = this.fingerprints.indexOf(print);
    return at < 0 || (this.expiryTimes[at] ?? 0) < now ? undefined : this.payloads[at];
  }

  /** @shape `payload` is JSON text of its own, not cut out of a longer text that it would keep alive. */
  store(print: number, payload: string, now: number, until: number): void {
    const at = this.slotFor(print, now);
    this.fingerprints[at] = print;
    this.expiryTimes[at] = until;
    this.payloads[at] = payload;
  }

  /** Its own earlier place, one whose time is over, a new one, or the longest held. */
  private slotFor(print: number, now: number): number {
    const same = this.fingerprints.indexOf(print);
    if (same >= 0) return same;
    const over = this.expiryTimes.findIndex((until) => until < now);
    if (over >= 0) return over;
    if (this.fingerprints.length < CAPACITY) return this.fingerprints.length;
    const at = this.nextToReplace;
    this.nextToReplace = (at + 1) % CAPACITY;
    return at;
  }

  get size(): number {
    return this.fingerprints.length;
  }
}

/** 53 bits, even characters in one half and odd ones in the other: a charger that forged a collision would only cheat itself. */
export function fingerprintOf(text: string): number {
  let even = 0x811c9dc5 ^ text.length;
  let odd = 0x5bd1e995;
  for (let at = 0; at < text.length; at += 2) {
    even = Math.imul(even ^ text.charCodeAt(at), 0x01000193);
    // Past the end it is NaN, which reads as 0 here.
    odd = Math.imul(odd ^ text.charCodeAt(at + 1), 0x01000193);
  }
  return (even >>> 0) * 0x200000 + ((odd ^ (odd >>> 21)) & 0x1fffff);
}
