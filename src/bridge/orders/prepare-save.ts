/** A decision's order as it is saved: its version, its new effects with their numbers and final bytes. */
import type { Accepted, EffectDraft, DiscrepancyDraft } from '../../domain/model/decision.js';
import { withPostings } from '../../domain/billing/ledger.js';
import type { Order, RequestFingerprint } from '../../domain/model/order.js';
import type { Effect } from '../../domain/model/effect.js';
import type { EffectFactory } from './effect-factory.js';
import type { Discrepancy } from '../../ports/store.js';

const MAX_HANDLED_REQUESTS = 16;

/** What of the order is new, and the rows for effects that could not be made. @unit `now`: epoch ms. */
export function prepareSave(
  scribe: EffectFactory,
  before: Order | undefined,
  decision: Accepted,
  options: {
    readonly requestFingerprint?: RequestFingerprint;
    readonly bapUri?: string;
    readonly settledEffect?: number;
  },
  now: number,
): { readonly order: Order; readonly newEffects: readonly Effect[]; readonly discrepancies: readonly Discrepancy[] } {
  const base = decision.order;
  const next: Order = {
    ...base,
    ...(options.bapUri !== undefined && { customer: { ...base.customer, bapUri: options.bapUri } }),
    version: (before?.version ?? 0) + 1,
    updatedAt: decision.save === 'document' ? now : base.updatedAt,
    handledRequests: options.requestFingerprint
      ? [...base.handledRequests, options.requestFingerprint].slice(-MAX_HANDLED_REQUESTS)
      : base.handledRequests,
  };
  const fresh: Effect[] = [];
  const wantedRows: DiscrepancyDraft[] = [];
  let seq = base.nextEffectSeq;
  for (const wanted of decision.effects) {
    const made = scribe.createEffect(next, wanted, seq, now);
    seq++;
    if ('discrepancy' in made) wantedRows.push(made.discrepancy);
    else fresh.push(made);
  }
  const kept = base.effects.filter(
    (effect) => effect.seq !== options.settledEffect && !isSuperseded(effect, decision.effects),
  );
  const order = withPostings({ ...next, nextEffectSeq: seq, effects: [...kept, ...fresh] }, now);
  return { order, newEffects: fresh, discrepancies: scribe.createDiscrepancies(order, wantedRows) };
}

/** News makes older progress pointless; nothing else is ever dropped for something newer. */
function isSuperseded(effect: Effect, wanted: readonly EffectDraft[]): boolean {
  return (
    effect.kind === 'callback' &&
    effect.class === 'progress' &&
    wanted.some((other) => other.kind === 'callback' && other.class !== 'answer')
  );
}
