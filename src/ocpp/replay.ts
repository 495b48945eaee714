/** What one identity asked lately and what it was told: the same CALL again gets the same answer, and no second effect. */

interface Remembered {
  readonly print: number;
  readonly reply: string;
  /** Epoch ms. */
  readonly until: number;
}

const CAPACITY = 64;

/** @source OCPP-J 1.6 §4.1.4 and its errata 2025-04: a retry may reuse the id of the CALL it repeats. */
export class Replay {
  private readonly entries = new Map<string, Remembered>();

  /** The earlier reply, when both the id and the whole text are the same; a counter that began anew is another CALL. */
  find(idText: string, text: string, now: number): string | undefined {
    const entry = this.entries.get(idText);
    if (entry === undefined || entry.until < now || entry.print !== fingerprint(text)) return undefined;
    return entry.reply;
  }

  keep(idText: string, text: string, reply: string, now: number, until: number): void {
    this.entries.delete(idText);
    for (const [id, entry] of this.entries) {
      if (entry.until >= now && this.entries.size < CAPACITY) break;
      this.entries.delete(id);
    }
    this.entries.set(idText, { print: fingerprint(text), reply, until });
  }

  get size(): number {
    return this.entries.size;
  }
}

/** 53 bits over the text: cheap, and a charger that forged a collision would only cheat itself. */
function fingerprint(text: string): number {
  let high = 0x811c9dc5;
  let low = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5bd1e995) ^ (low >>> 15);
  }
  return (high >>> 0) * 0x200000 + ((low >>> 0) & 0x1fffff);
}
