/** Everything that is owed to buyer apps, from orders and from requests, in one list. */
import type { RequestRecord } from '../../ports/store.js';
import type { Order } from '../../domain/model/order.js';

export interface Owed {
  /** Whose debt it is. */
  readonly from: 'order' | 'request';
  readonly id: string;
  readonly bapId: string;
  readonly action: string;
  readonly class: string;
  readonly messageId: string;
  readonly attempts: number;
  /** Epoch ms, like `due` and `givenUpAt`. */
  readonly owedSince: number;
  readonly due: number;
  readonly givenUpAt: number;
  readonly lastError?: string;
}

/** @returns oldest first. */
export function outbox(orders: readonly Order[], requests: readonly RequestRecord[]): Owed[] {
  return [...orders.flatMap(ofOrder), ...requests.flatMap(ofRequest)].sort((a, b) => a.owedSince - b.owedSince);
}

function ofOrder(order: Order): Owed[] {
  return order.effects.flatMap((effect) =>
    effect.kind !== 'callback'
      ? []
      : [
          {
            from: 'order' as const,
            id: order.id,
            bapId: order.peer.bapId,
            action: effect.action,
            class: effect.class,
            messageId: effect.messageId,
            attempts: effect.attempts,
            owedSince: effect.createdAt,
            due: effect.dueAt,
            givenUpAt: effect.horizon,
            ...(effect.lastError === undefined ? {} : { lastError: effect.lastError }),
          },
        ],
  );
}

function ofRequest({ owed, ...request }: RequestRecord): Owed[] {
  if (owed === undefined) return [];
  return [
    {
      from: 'request',
      id: request.key,
      bapId: request.bapId,
      action: owed.action,
      class: 'answer',
      messageId: request.messageId,
      attempts: owed.attempts,
      owedSince: request.receivedAt,
      due: owed.dueAt,
      givenUpAt: owed.horizon,
      ...(owed.lastError === undefined ? {} : { lastError: owed.lastError }),
    },
  ];
}
