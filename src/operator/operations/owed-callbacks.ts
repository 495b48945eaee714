/** Lists the callbacks still owed to buyer apps: those of open orders and those that answer acknowledged requests. */
import type { RequestRecord } from '../../ports/stored-records.js';
import type { Order } from '../../domain/model/order.js';
import type { RequestHandler } from 'express';
import type { OperatorDeps } from '../http/deps.js';
import { hasAll, isDuring, queryTexts, queryTimes } from '../http/parameters.js';
import { sortInTurns } from '../http/sort-in-turns.js';
import { sendList } from '../http/streaming.js';
import { meetsOrderFilter, readOrderFilter } from './order-filter.js';

interface OwedCallback {
  readonly source: 'order' | 'request';
  readonly id: string;
  readonly orderId?: string;
  readonly network: string;
  readonly bapId: string;
  readonly becknTransactionId: string;
  readonly action: string;
  readonly class: string;
  readonly messageId: string;
  readonly attempts: number;
  /** Epoch ms, as are `dueAt` and `giveUpAt`. */
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
            orderId: order.id,
            network: order.customer.network,
            bapId: order.customer.bapId,
            becknTransactionId: order.becknTransactionId,
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
      ...(request.orderId !== undefined && { orderId: request.orderId }),
      network: request.network,
      bapId: request.bapId,
      becknTransactionId: request.becknTransactionId,
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

/**
 * Lists owed callbacks, oldest first. A filter that only an order can match, such as its state, leaves out requests.
 */
export function listOwedCallbacks({ view, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const { from: _from, until: _until, ...filter } = readOrderFilter(req, view);
    const times = queryTimes(req);
    const wanted = queryTexts(req, ['orderId', 'becknTransactionId', 'bapId', 'network', 'action']);
    const ofOrders = view.openOrders().filter((order) => meetsOrderFilter(order, filter));
    const ofRequests = ORDER_FACTS.some((name) => filter[name] !== undefined) ? [] : view.owedRequests();
    const owed = [...ofOrders.flatMap(owedByOrder), ...ofRequests.flatMap(owedByRequest)].filter(
      (one) => hasAll(one, wanted) && isDuring(one.owedSince, times),
    );
    const list = await sortInTurns(owed, (a, b) => a.owedSince - b.owedSince, clock);
    const oldest = list[0];
    const oldestS = oldest === undefined ? 0 : Math.max(0, Math.round((clock.now() - oldest.owedSince) / 1000));
    await sendList(res, { count: list.length, oldestS }, ['callbacks', list], clock);
  };
}

/** Filters that only an order can match. */
const ORDER_FACTS = [
  'state',
  'open',
  'transactionId',
  'providerId',
  'stationId',
  'chargePointId',
  'connectorId',
  'connectors',
] as const;
