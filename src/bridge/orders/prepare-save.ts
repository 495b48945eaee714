/** Prepares a decision's order for saving: its next version, with effects and postings. */
import { withPostings } from '../../domain/billing/ledger.js';
import type { Accepted, DiscrepancyDraft, EffectDraft } from '../../domain/model/decision.js';
import type { Effect } from '../../domain/model/effect.js';
import type { Order, RequestFingerprint } from '../../domain/model/order.js';
import type { EffectFactory } from './effect-factory.js';

/**
 * The maximum number of request fingerprints in an order. A repeat of an older request is recognised only by that
 * request's own record.
 */
const MAX_HANDLED_REQUESTS = 16;

export interface PreparedSave {
  readonly order: Order;
  readonly newEffects: readonly Effect[];
  /** For callbacks that could not be rendered. */
  readonly discrepancies: readonly DiscrepancyDraft[];
}

/**
 * @param options.previousVersion The stored version; 0 for a new order.
 * @param options.settledEffect   The `seq` of the effect that the decision settles; the same write removes it.
 * @param options.bapUri          The address to which the order's callbacks go from now on.
 * @unit  `options.now` epoch ms.
 */
export function prepareSave(
  effectFactory: EffectFactory,
  decision: Accepted,
  options: {
    readonly previousVersion: number;
    readonly requestFingerprint?: RequestFingerprint;
    readonly bapUri?: string;
    readonly settledEffect?: number;
    readonly now: number;
  },
): PreparedSave {
  const { previousVersion, requestFingerprint, bapUri, settledEffect, now } = options;
  const base = decision.order;
  const next: Order = {
    ...base,
    ...(bapUri !== undefined && { customer: { ...base.customer, bapUri } }),
    version: previousVersion + 1,
    updatedAt: decision.save === 'document' ? now : base.updatedAt,
    handledRequests: requestFingerprint
      ? [...base.handledRequests, requestFingerprint].slice(-MAX_HANDLED_REQUESTS)
      : base.handledRequests,
  };
  const newEffects: Effect[] = [];
  const discrepancies: DiscrepancyDraft[] = [];
  let seq = base.nextEffectSeq;
  for (const draft of decision.effects) {
    const created = effectFactory.createEffect(next, draft, seq, now);
    seq++;
    if ('discrepancy' in created) discrepancies.push(created.discrepancy);
    else newEffects.push(created);
  }
  const remaining = base.effects.filter(
    (effect) => effect.seq !== settledEffect && !isSuperseded(effect, decision.effects),
  );
  const order = withPostings({ ...next, nextEffectSeq: seq, effects: [...remaining, ...newEffects] }, now);
  return { order, newEffects, discrepancies };
}

/** Returns true for a pending progress callback that a newer progress, state or terminal callback replaces. */
function isSuperseded(effect: Effect, drafts: readonly EffectDraft[]): boolean {
  return (
    effect.kind === 'callback' &&
    effect.class === 'progress' &&
    drafts.some((draft) => draft.kind === 'callback' && draft.class !== 'answer')
  );
}
