/** A decision's order as it is saved: its version, its new effects with their numbers and final bytes. */
import type { Accepted, WantedEffect, WantedRow } from '../../domain/model/decision.js';
import { posted } from '../../domain/billing/ledger.js';
import type { Effect, Order, SeenRequest } from '../../domain/model/order.js';
import type { Scribe } from './effect-factory.js';
import type { ReconciliationRow } from '../../ports/store.js';

const SEEN_KEPT = 16;

/** What of the order is new, and the rows for effects that could not be made. @unit `now`: epoch ms. */
export function numbered(
  scribe: Scribe,
  before: Order | undefined,
  decision: Accepted,
  options: { readonly seen?: SeenRequest; readonly bapUri?: string; readonly settles?: number },
  now: number,
): { readonly order: Order; readonly fresh: readonly Effect[]; readonly rows: readonly ReconciliationRow[] } {
  const base = decision.order;
  const next: Order = {
    ...base,
    ...(options.bapUri !== undefined && { peer: { ...base.peer, bapUri: options.bapUri } }),
    version: (before?.version ?? 0) + 1,
    updatedAt: decision.save === 'document' ? now : base.updatedAt,
    seen: options.seen ? [...base.seen, options.seen].slice(-SEEN_KEPT) : base.seen,
  };
  const fresh: Effect[] = [];
  const wantedRows: WantedRow[] = [];
  let seq = base.nextSeq;
  for (const wanted of decision.effects) {
    const made = scribe.effect(next, wanted, seq, now);
    seq++;
    if ('row' in made) wantedRows.push(made.row);
    else fresh.push(made);
  }
  const kept = base.effects.filter(
    (effect) => effect.seq !== options.settles && !supersededBy(effect, decision.effects),
  );
  const order = posted({ ...next, nextSeq: seq, effects: [...kept, ...fresh] }, now);
  return { order, fresh, rows: scribe.rows(order, wantedRows) };
}

/** News makes older progress pointless; nothing else is ever dropped for something newer. */
function supersededBy(effect: Effect, wanted: readonly WantedEffect[]): boolean {
  return (
    effect.kind === 'callback' &&
    effect.class === 'progress' &&
    wanted.some((other) => other.kind === 'callback' && other.class !== 'answer')
  );
}
