/** Turns a decision's effect drafts into effects. Callbacks are rendered to the body that will be sent. */
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import type { DiscrepancyDraft, EffectDraft } from '../../domain/model/decision.js';
import type { CallbackAction, CallbackEffect, Effect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import { type CallbackContent, type CallbackRenderer, RenderFault } from '../../ports/callback-delivery.js';
import type { Events } from '../../ports/events.js';
import type { Random } from '../../ports/runtime.js';

export interface EffectFactoryDeps {
  readonly renderer: Pick<CallbackRenderer, 'render' | 'terminalAction'>;
  readonly catalogue: Pick<CatalogueLookup, 'site'>;
  readonly random: Random;
  readonly events: Events;
  readonly policy: Pick<SessionPolicy, 'giveUpAfterMs'>;
}

type CallbackDraft = Extract<EffectDraft, { kind: 'callback' }>;
type EffectBase = Pick<CallbackEffect, 'seq' | 'createdAt' | 'attempts' | 'dueAt'>;

export class EffectFactory {
  readonly #deps: EffectFactoryDeps;

  constructor(deps: EffectFactoryDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the effect to save. If the draft is a callback that cannot be rendered or fails our own schema, emits
   * `callback.invalid` and returns a discrepancy instead.
   * @param order The order after the decision, as callbacks show it.
   * @param seq   Unique within the order, ascending.
   * @unit  `now` epoch ms.
   */
  createEffect(
    order: Order,
    draft: EffectDraft,
    seq: number,
    now: number,
  ): Effect | { readonly discrepancy: DiscrepancyDraft } {
    const base = { seq, createdAt: now, attempts: 0, dueAt: now };
    return draft.kind === 'callback' ? this.#createCallback(order, draft, base) : { ...base, ...draft };
  }

  #createCallback(
    order: Order,
    draft: CallbackDraft,
    base: EffectBase,
  ): CallbackEffect | { readonly discrepancy: DiscrepancyDraft } {
    const { random, events, policy } = this.#deps;
    const messageId = draft.inReplyTo ?? random.uuid();
    const action = this.#actionOf(order, draft);
    try {
      const body = this.#renderCallback(order, { action, messageId, at: base.createdAt });
      // Once an order is confirmed, an answer about it is retried as long as a state change.
      const retryClass = draft.class === 'answer' && order.idTag !== undefined ? 'state' : draft.class;
      const giveUpAt = base.createdAt + policy.giveUpAfterMs[retryClass];
      return { kind: 'callback', ...base, action, class: draft.class, messageId, body, giveUpAt };
    } catch (error) {
      if (!(error instanceof RenderFault)) throw error;
      events.emit('callback.invalid', { orderId: order.id, action, problem: error.message });
      const detail = `${action} (${draft.class}) was not sent: ${error.message}`;
      return { discrepancy: { kind: 'callback-invalid', detail } };
    }
  }

  /**
   * Chooses the action. Some dialects announce the end of an order with a special action, unless the callback answers a
   * request.
   */
  #actionOf(order: Order, draft: CallbackDraft): CallbackAction {
    const announcesEnd = draft.class === 'terminal' && draft.inReplyTo === undefined;
    return (announcesEnd ? this.#deps.renderer.terminalAction?.(order) : undefined) ?? draft.action;
  }

  #renderCallback(
    order: Order,
    { action, messageId, at }: { readonly action: CallbackAction; readonly messageId: string; readonly at: number },
  ): string {
    const { renderer, catalogue } = this.#deps;
    const { network, dialect, bapId, bapUri } = order.customer;
    const request = order.handledRequests.find(
      (handled) => handled.messageId === messageId && callbackActionOf(handled.action) === action,
    );
    const content: CallbackContent = { type: 'order', order, site: catalogue.site(order.connector) ?? {} };
    return renderer.render({
      network,
      action,
      dialect,
      bapId,
      bapUri,
      replyContext: order.replyContext,
      becknTransactionId: order.becknTransactionId,
      messageId,
      ...(request && { requestDigest: request.digest }),
      at,
      content,
    });
  }
}

/**
 * Returns the action that answers a request: `on_select` for `select`, `rating_categories` for `get_rating_categories`.
 */
export function callbackActionOf(action: string): CallbackAction {
  return (action.startsWith('get_') ? action.slice('get_'.length) : `on_${action}`) as CallbackAction;
}
