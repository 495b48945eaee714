/** Turns wanted effects and rows into saved ones: numbers, ids, deadlines, and a callback's final bytes. */
import type { WantedEffect, WantedRow } from '../../domain/model/decision.js';
import type { CallbackEffect, Effect, Order } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import { type CallbackContent, type CallbackWriter, RenderFault, type SiteView } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { Random } from '../../ports/runtime.js';
import type { ReconciliationRow } from '../../ports/store.js';
import type { Clock } from '../../ports/runtime.js';
import { callbackOf } from '../callbacks/owed-responses.js';

export interface ScribeDeps {
  readonly writer: CallbackWriter;
  readonly catalogue: Catalogue;
  readonly random: Random;
  readonly clock: Clock;
  readonly events: Events;
  readonly policy: SessionPolicy;
}

export class Scribe {
  readonly #deps: ScribeDeps;

  constructor(deps: ScribeDeps) {
    this.#deps = deps;
  }

  effect(order: Order, wanted: WantedEffect, seq: number, now: number): Effect | { readonly row: WantedRow } {
    const base = { seq, createdAt: now, attempts: 0, dueAt: now };
    switch (wanted.kind) {
      case 'remote-start':
      case 'remote-stop':
      case 'power-plan':
      case 'clear-plan':
      case 'reserve':
      case 'cancel-reservation':
      case 'payment-request':
      case 'payment-capture':
      case 'payment-refund':
      case 'unlock-connector':
        return { ...base, ...wanted };
      case 'callback':
        return this.#callback(order, wanted, base);
    }
  }

  #callback(
    order: Order,
    wanted: Extract<WantedEffect, { kind: 'callback' }>,
    base: Pick<CallbackEffect, 'seq' | 'createdAt' | 'attempts' | 'dueAt'>,
  ): Effect | { readonly row: WantedRow } {
    const messageId = wanted.answers ?? this.#deps.random.uuid();
    const end = wanted.class === 'terminal' && wanted.answers === undefined;
    const action = (end ? this.#deps.writer.tellsEndBy?.(order) : undefined) ?? wanted.action;
    const asked = order.seen.find((one) => one.messageId === wanted.answers && callbackOf(one.action) === action);
    const content: CallbackContent = { type: 'order', order, site: this.siteView(order) };
    try {
      const body = this.#deps.writer.write({
        ...(order.peer.network !== undefined && { network: order.peer.network }),
        action,
        dialect: order.peer.dialect,
        bapId: order.peer.bapId,
        bapUri: order.peer.bapUri,
        conversation: order.conversation,
        becknTransactionId: order.becknTransactionId,
        messageId,
        ...(asked && { requestDigest: asked.digest }),
        at: base.createdAt,
        content,
      });
      // Once an order is confirmed, an answer about it is as lasting as any news of it.
      const lasting = wanted.class === 'answer' && order.idTag !== undefined ? 'state' : wanted.class;
      const horizon = base.createdAt + this.#deps.policy.horizonMs[lasting];
      return { kind: 'callback', ...base, action, class: wanted.class, messageId, body, horizon };
    } catch (error) {
      if (!(error instanceof RenderFault)) throw error;
      this.#deps.events.emit('callback.invalid', { orderId: order.id, action, problem: error.message });
      return {
        row: { kind: 'callback-invalid', detail: `${action} (${wanted.class}) was not sent: ${error.message}` },
      };
    }
  }

  /** The names around an order, as far as the configuration still has them. */
  siteView(order: Order): SiteView {
    return this.#deps.catalogue.site(order.connector) ?? {};
  }

  rows(
    order: Order | undefined,
    wanted: readonly WantedRow[],
    more: Pick<ReconciliationRow, 'chargePointId' | 'transactionId'> = {},
  ): ReconciliationRow[] {
    return wanted.map((row) => {
      this.#deps.events.emit('row.opened', { kind: row.kind, orderId: order?.id });
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
