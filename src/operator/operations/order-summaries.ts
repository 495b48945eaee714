/** Summarises orders and running sessions for a list. */
import { chargingCostSoFar, energySoFar } from '../../domain/billing/bill.js';
import { isTrial, type Order } from '../../domain/model/order.js';
import { withMoney } from '../http/answer-forms.js';

/**
 * Summarises an order.
 * @unit  Wh, W, percent; money in minor units. `cost` is the charging cost so far, before discounts, taxes and fees;
 *   `billed` is final.
 */
export function orderSummary(order: Order, now: number): object {
  const { id, state, customer, authorised, tariff, bill, outcome, session, createdAt, updatedAt } = order;
  return {
    id,
    state,
    network: customer.network,
    ...(isTrial(order) && { trial: true }),
    bapId: customer.bapId,
    becknTransactionId: order.becknTransactionId,
    ...placeOf(order),
    transactionId: session?.transactionId,
    currency: tariff.currency,
    ...withMoney({ authorised, cost: costSoFar(order), billed: bill?.total }, tariff.currency),
    energyWh: energySoFar(order),
    capWh: order.caps.energyWh,
    ...liveFigures(order, now),
    stop: session?.stop && { reason: session.stop.reason, at: session.stop.at, attempts: session.stop.attempts },
    outcome: outcome?.code,
    outcomeText: outcome?.text,
    closedBy: order.closedBy,
    deadlines: deadlinesOfOrder(order),
    connectorStatus: order.connectorState.status,
    createdAt,
    updatedAt,
  };
}

export function sessionSummary(order: Order, now: number): object {
  const { session, tariff } = order;
  return {
    orderId: order.id,
    state: order.state,
    network: order.customer.network,
    ...(isTrial(order) && { trial: true }),
    bapId: order.customer.bapId,
    becknTransactionId: order.becknTransactionId,
    ...placeOf(order),
    transactionId: session?.transactionId,
    energyWh: session?.meter.energyWh,
    capWh: order.caps.energyWh,
    ...liveFigures(order, now),
    // The charging cost only, before discounts, taxes and fees.
    ...withMoney({ energyCost: costSoFar(order) }, tariff.currency),
    currency: tariff.currency,
    stop: session?.stop,
    deadlines: deadlinesOfOrder(order),
  };
}

/** Extends the masked order with its amounts, each with its currency. */
export function withOrderMoney(masked: object, { authorised, bill, quote, tariff }: Order): object {
  const { currency } = tariff;
  return {
    ...masked,
    ...withMoney({ authorised, quoted: quote.total, billed: bill?.total, refund: bill?.refund }, currency),
  };
}

function placeOf({ connector }: Order): object {
  const { providerId, stationId, chargePointId, connectorId } = connector;
  return { providerId, stationId, chargePointId, connectorId };
}

function costSoFar(order: Order): number | undefined {
  return order.session === undefined ? undefined : chargingCostSoFar(order);
}

/** Returns a session's elapsed time, and the power and state of charge last read. An ended session has no power. */
function liveFigures({ session }: Order, now: number): object {
  if (!session) return {};
  const { meter, end, startReceivedAt } = session;
  return {
    elapsedS: Math.max(0, Math.round(((end?.receivedAt ?? now) - startReceivedAt) / 1000)),
    powerW: end ? undefined : meter.powerW,
    soc: meter.soc,
    lastReadingAt: meter.receivedAt,
  };
}

/** Returns the deadlines of an order, epoch ms; `undefined` if it has none, as before its confirmation. */
function deadlinesOfOrder({ deadlines, session }: Order): object | undefined {
  return deadlines && { ...deadlines, proveAliveBy: session?.end ? undefined : session?.proveAliveBy };
}
