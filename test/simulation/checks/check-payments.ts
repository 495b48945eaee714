/**
 * Checks I20: what the payment provider holds for an order equals its bill, or there is a discrepancy; money that was
 * taken back has one too; and no session is started without its money.
 */
import type { ConfirmedOrder, RunRecord } from './checker.js';
import { at, text } from '../runtime/json.js';

/** How long before its RemoteStart the bridge may have looked up the payment, ms. */
const LOOKED_MS = 45_000;

export function checkPayments(record: RunRecord): void {
  const final = new Map(record.money.map((one) => [one.reference, one]));
  for (const { reference, order: orderId, paid, refunded } of final.values()) {
    const order = record.orders.find((one) => one.id === orderId);
    const named = record.discrepancies.some(
      (one) => one.kind.startsWith('payment-') && (one.order === orderId || one.detail.includes(reference)),
    );
    const billed = order?.finals[0]?.order?.total ?? 0;
    const kept = paid - refunded;
    if (kept !== billed && !named)
      record.report('I20', 0, `${reference}: ${kept} was kept, ${billed} billed, and no discrepancy says so`, orderId);
    const fell = record.money.some((one, index) =>
      record.money.slice(0, index).some((before) => before.reference === one.reference && before.paid > one.paid),
    );
    if (order && fell && record.money.some((one) => one.reference === reference && one.paid === 0) && !named)
      record.report('I20', 0, `${reference}: the money was taken back, and no discrepancy says so`, orderId);
    if (order) checkStarts(record, order, reference);
  }
}

/** No RemoteStart is sent while its payment is gone. */
function checkStarts(record: RunRecord, order: ConfirmedOrder, reference: string): void {
  for (const call of record.toChargers) {
    if (call.action !== 'RemoteStartTransaction' || text(at(call.payload, 'idTag')) !== order.tag) continue;
    const known = record.money.filter((one) => one.reference === reference && one.t <= call.t - LOOKED_MS).at(-1);
    const now = record.money.filter((one) => one.reference === reference && one.t <= call.t).at(-1);
    if (known && now && known.paid - known.refunded <= 0 && now.paid - now.refunded <= 0)
      record.report('I20', call.t, 'a RemoteStart was sent although its money was gone', order.id);
  }
}
