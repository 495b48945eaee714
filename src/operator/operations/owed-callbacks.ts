/** Lists the callbacks still to be delivered to buyer apps: effects of open orders and responses to requests. */
import type { RequestRecord } from '../../ports/stored-records.js';
import type { Order } from '../../domain/model/order.js';
import type { RequestHandler } from 'express';
import type { OperatorDeps } from '../http/deps.js';

interface OwedCallback {
  readonly source: 'order' | 'request';
  readonly id: string;
  readonly bapId: string;
  readonly action: string;
  readonly class: string;
  readonly messageId: string;
  readonly attempts: number;
  /** Epoch ms, like `dueAt` and `giveUpAt`. */
  readonly owedSince: number;
  readonly dueAt: number;
  readonly giveUpAt: number;
  readonly lastError?: string;
}

/** Returns the oldest first. */
function owedCallbacks(orders: readonly Order[], requests: readonly RequestRecord[]): OwedCallback[] {
  return [...orders.flatMap(owedByOrder), ...requests.flatMap(owedByRequest)].sort((a, b) => a.owedSince - b.owedSince);
}

function owedByOrder(order: Order): OwedCallback[] {
  return order.effects.flatMap((effect) =>
    effect.kind !== 'callback'
      ? []
      : [
          {
            source: 'order' as const,
            id: order.id,
            bapId: order.customer.bapId,
            action: effect.action,
            class: effect.class,
            messageId: effect.messageId,
            attempts: effect.attempts,
            owedSince: effect.createdAt,
            dueAt: effect.dueAt,
            giveUpAt: effect.giveUpAt,
            ...(effect.lastError === undefined ? {} : { lastError: effect.lastError }),
          },
        ],
  );
}

function owedByRequest({ owed, ...request }: RequestRecord): OwedCallback[] {
  if (owed === undefined) return [];
  return [
    {
      source: 'request',
      id: request.key,
      bapId: request.bapId,
      action: owed.action,
      class: 'answer',
      messageId: request.messageId,
      attempts: owed.attempts,
      owedSince: request.receivedAt,
      dueAt: owed.dueAt,
      giveUpAt: owed.giveUpAt,
      ...(owed.lastError === undefined ? {} : { lastError: owed.lastError }),
    },
  ];
}
export function listOwedCallbacks({ view: insight, clock }: OperatorDeps): RequestHandler {
  return (_req, res) => {
    const list = owedCallbacks(insight.openOrders(), insight.owedRequests());
    const oldest = list[0];
    const oldestS = oldest === undefined ? 0 : Math.max(0, Math.round((clock.now() - oldest.owedSince) / 1000));
    res.json({ count: list.length, oldestS, callbacks: list });
  };
}
