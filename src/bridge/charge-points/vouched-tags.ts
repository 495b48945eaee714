/** Remembers the tags that operators used for remote starts, so that their transactions are accepted. */
import { idTagKey } from '../../domain/model/order.js';
import type { Json } from '../../domain/model/object.js';
import type { Clock } from '../../ports/runtime.js';

/** How long after the operator's command a transaction may begin, ms. */
const VOUCHED_MS = 600_000;

export class VouchedTags {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** When each vouched tag expires, monotonic ms, by charge point and tag. */
  readonly #until = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Vouches for the tag in the payload of a RemoteStartTransaction or RequestStartTransaction, if it has one. */
  vouch(chargePointId: string, payload: { readonly [key: string]: Json }): void {
    const idTag = tagIn(payload);
    const now = this.#clock.monotonic();
    for (const [key, until] of this.#until) if (until < now) this.#until.delete(key);
    if (idTag !== undefined) this.#until.set(keyOf(chargePointId, idTag), now + VOUCHED_MS);
  }

  isVouched(chargePointId: string, idTag: string): boolean {
    return (this.#until.get(keyOf(chargePointId, idTag)) ?? -Infinity) >= this.#clock.monotonic();
  }
}

function tagIn({ idTag, idToken }: { readonly [key: string]: Json }): string | undefined {
  if (typeof idTag === 'string') return idTag;
  const token = typeof idToken === 'object' && idToken !== null && 'idToken' in idToken ? idToken.idToken : undefined;
  return typeof token === 'string' ? token : undefined;
}

function keyOf(chargePointId: string, idTag: string): string {
  return `${encodeURIComponent(chargePointId)}/${idTagKey(idTag)}`;
}
