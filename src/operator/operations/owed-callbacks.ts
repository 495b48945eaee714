/** Lists the callbacks still to be delivered to buyer apps: effects of open orders and responses to requests. */
import type { RequestRecord } from '../../ports/stored-records.js';
import type { Order } from '../../domain/model/order.js';
import type { RequestHandler } from 'express';
import type { OperatorDeps } from '../http/deps.js';
import { sortInTurns } from '../http/sort-in-turns.js';
import { sendList } from '../http/streaming.js';

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
/** Lists the oldest first. */
export function listOwedCallbacks({ view: insight, clock }: OperatorDeps): RequestHandler {
  return async (_req, res) => {
    const owed = [...insight.openOrders().flatMap(owedByOrder), ...insight.owedRequests().flatMap(owedByRequest)];
    const list = await sortInTurns(owed, (a, b) => a.owedSince - b.owedSince, clock);
    const oldest = list[0];
    const oldestS = oldest === undefined ? 0 : Math.max(0, Math.round((clock.now() - oldest.owedSince) / 1000));
    await sendList(res, { count: list.length, oldestS }, ['callbacks', list], clock);
  };
}
