/**
 * Counts the bytes of the bodies that are being received or handled, over all connections. When there are too many, the
 * address with the most bytes loses its largest unfinished body, so that a flood harms only its sender.
 */

/** A body that is being received or handled. */
export interface BodyInFlight {
  readonly address: string;
  bytes: number;
  /** Ends the body's reception; absent once the body is complete. */
  abort: (() => void) | undefined;
}

export class BodiesInFlight {
  readonly #limit: number;
  readonly #bodies = new Set<BodyInFlight>();
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  /** @param limit Maximum total size, bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  open(address: string, abort: () => void): BodyInFlight {
    const body = { address, bytes: 0, abort };
    this.#bodies.add(body);
    return body;
  }

  /** Counts received bytes, and aborts the largest bodies while the total exceeds the limit. */
  grow(body: BodyInFlight, bytes: number): void {
    if (!this.#bodies.has(body)) return;
    body.bytes += bytes;
    this.#count(body.address, bytes);
    while (this.#total > this.#limit) {
      const largest = this.#largest();
      if (!largest) return;
      const { abort } = largest;
      this.close(largest);
      abort?.();
    }
  }

  close(body: BodyInFlight): void {
    if (this.#bodies.delete(body)) this.#count(body.address, -body.bytes);
  }

  #count(address: string, bytes: number): void {
    this.#total += bytes;
    const sum = (this.#byAddress.get(address) ?? 0) + bytes;
    if (sum > 0) this.#byAddress.set(address, sum);
    else this.#byAddress.delete(address);
  }

  #largest(): BodyInFlight | undefined {
    const heldBy = ({ address }: BodyInFlight): number => this.#byAddress.get(address) ?? 0;
    let largest: BodyInFlight | undefined;
    for (const body of this.#bodies) {
      if (!body.abort) continue;
      const difference = largest ? heldBy(body) - heldBy(largest) || body.bytes - largest.bytes : 1;
      if (difference > 0) largest = body;
    }
    return largest;
  }
}
