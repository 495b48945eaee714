/** Turns wanted effects and rows into saved ones: numbers, ids, deadlines, and a callback's final bytes. */
import type { EffectDraft, DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { CallbackEffect, Effect } from '../../domain/model/effect.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import {
  RenderFault,
  type CallbackRenderer,
  type SiteView,
  type CallbackContent,
} from '../../ports/callback-delivery.js';
import type { Events } from '../../ports/events.js';
import type { Random, Clock } from '../../ports/runtime.js';
import type { Discrepancy } from '../../ports/store.js';
import { callbackActionOf } from '../callbacks/owed-responses.js';

export interface EffectFactoryDeps {
  readonly renderer: CallbackRenderer;
  readonly catalogue: Catalogue;
  readonly random: Random;
  readonly clock: Clock;
  readonly events: Events;
  readonly policy: SessionPolicy;
}

export class EffectFactory {
  readonly #deps: EffectFactoryDeps;

  constructor(deps: EffectFactoryDeps) {
    this.#deps = deps;
  }

  createEffect(
    order: Order,
    wanted: EffectDraft,
    seq: number,
    now: number,
  ): Effect | { readonly discrepancy: DiscrepancyDraft } {
    const base = { seq, createdAt: now, attempts: 0, dueAt: now };
    switch (wanted.kind) {
      case 'remote-start':
      case 'remote-stop':
      case 'set-charging-profile':
      case 'clear-charging-profile':
      case 'reserve':
      case 'cancel-reservation':
      case 'payment-request':
      case 'payment-capture':
      case 'payment-refund':
      case 'unlock-connector':
        return { ...base, ...wanted };
      case 'callback':
        return this.#createCallback(order, wanted, base);
    }
  }

  #createCallback(
    order: Order,
    wanted: Extract<EffectDraft, { kind: 'callback' }>,
    base: Pick<CallbackEffect, 'seq' | 'createdAt' | 'attempts' | 'dueAt'>,
  ): Effect | { readonly discrepancy: DiscrepancyDraft } {
    const messageId = wanted.inReplyTo ?? this.#deps.random.uuid();
    const end = wanted.class === 'terminal' && wanted.inReplyTo === undefined;
    const action = (end ? this.#deps.renderer.terminalAction?.(order) : undefined) ?? wanted.action;
    const asked = order.handledRequests.find(
      (one) => one.messageId === wanted.inReplyTo && callbackActionOf(one.action) === action,
    );
    const content: CallbackContent = { type: 'order', order, site: this.siteView(order) };
    try {
      const body = this.#deps.renderer.render({
        network: order.customer.network,
        action,
        dialect: order.customer.dialect,
        bapId: order.customer.bapId,
        bapUri: order.customer.bapUri,
        replyContext: order.replyContext,
        becknTransactionId: order.becknTransactionId,
        messageId,
        ...(asked && { requestDigest: asked.digest }),
        at: base.createdAt,
        content,
      });
      // Once an order is confirmed, an answer about it is as lasting as any news of it.
      const lasting = wanted.class === 'answer' && order.idTag !== undefined ? 'state' : wanted.class;
      const horizon = base.createdAt + this.#deps.policy.giveUpAfterMs[lasting];
      return { kind: 'callback', ...base, action, class: wanted.class, messageId, body, giveUpAt: horizon };
    } catch (error) {
      if (!(error instanceof RenderFault)) throw error;
      this.#deps.events.emit('callback.invalid', { orderId: order.id, action, problem: error.message });
      return {
        discrepancy: { kind: 'callback-invalid', detail: `${action} (${wanted.class}) was not sent: ${error.message}` },
      };
    }
  }

  /** The names around an order, as far as the configuration still has them. */
  siteView(order: Order): SiteView {
    return this.#deps.catalogue.site(order.connector) ?? {};
  }

  createDiscrepancies(
    order: Order | undefined,
    wanted: readonly DiscrepancyDraft[],
    more: Pick<Discrepancy, 'chargePointId' | 'transactionId'> = {},
  ): Discrepancy[] {
    return wanted.map((row) => {
      this.#deps.events.emit('discrepancy.opened', { kind: row.kind, orderId: order?.id });
      const transactionId = order?.session?.transactionId;
      return {
        id: row.key === undefined ? this.#deps.random.uuid() : `${row.kind}:${row.key}`,
        kind: row.kind,
        at: this.#deps.clock.now(),
        detail: row.detail,
        ...(row.amount !== undefined && { amount: row.amount }),
        ...(order && { orderId: order.id, chargePointId: order.connector.chargePointId }),
        ...(transactionId !== undefined && { transactionId }),
        ...more,
      };
    });
  }
}
