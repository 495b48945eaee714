/** Finds the session that a StopTransaction ends, by its number, its tag and its register. */
import type { Order } from '../model/order.js';
import { isTagOf } from './tags.js';

export interface StopEvidence {
  /** The transaction that the stop's number names. Absent if the number is unknown, or below 1. */
  readonly named?: { readonly orderId?: string | undefined; readonly idTag: string };
  readonly idTag?: string | undefined;
  readonly meterStopWh?: number | undefined;
  /** Epoch ms, our time. */
  readonly now: number;
}

export interface StopCandidates {
  /** The orders of the charge point whose session has not ended. */
  readonly open: readonly Order[];
  /** Whether a transaction without an order is open at the charge point. */
  readonly hasUnmatchedTransaction: boolean;
  /** Rated power of an order's connector, W. */
  readonly maxPowerW: (order: Order) => number;
}

export type StopMatch =
  | { readonly kind: 'order'; readonly orderId: string; readonly contradicts?: string }
  /** The transaction that the number names, which has no order. */
  | { readonly kind: 'named' }
  | { readonly kind: 'none' };

/** Registers are rounded, and clocks differ; energy beyond the rated power by this much is still plausible, Wh. */
const SLACK_WH = 200;

/**
 * The tag of an order says more than a number, because it is random and used once. Where the two name different
 * sessions, the tag wins and the contradiction is named. A number of a refused second start with the same tag contradicts
 * nothing: the stop ends that transaction. A stop with neither ends a session only if there is no other
 * open transaction at the charge point, and if its register continues that of the session.
 * @source OCPP 1.6 errata: a charger that never learned its transaction id sends -1; some send other numbers.
 */
export function matchStop(stop: StopEvidence, candidates: StopCandidates): StopMatch {
  const { named, idTag } = stop;
  const tagged = idTag === undefined ? undefined : candidates.open.find((order) => isTagOf(order, idTag));
  if (tagged && named?.orderId === undefined && named && isTagOf(tagged, named.idTag)) return { kind: 'named' };
  if (tagged) {
    const isContradicted = named !== undefined && named.orderId !== tagged.id;
    return { kind: 'order', orderId: tagged.id, ...(isContradicted && { contradicts: named.orderId ?? 'no order' }) };
  }
  if (named) return named.orderId === undefined ? { kind: 'named' } : { kind: 'order', orderId: named.orderId };
  if (idTag !== undefined || candidates.hasUnmatchedTransaction) return { kind: 'none' };
  const [only, ...others] = candidates.open;
  if (!only || others.length > 0 || !continuesRegister(only, stop, candidates.maxPowerW(only))) return { kind: 'none' };
  return { kind: 'order', orderId: only.id };
}

/** Whether the register of a stop lies between the session's last one and what can have flowed since. */
function continuesRegister({ session }: Order, { meterStopWh, now }: StopEvidence, maxPowerW: number): boolean {
  if (!session) return false;
  if (meterStopWh === undefined) return true;
  const { registerWh, receivedAt } = session.meter;
  const flowedWh = (Math.max(0, now - receivedAt) * maxPowerW) / 3_600_000;
  return meterStopWh >= registerWh - SLACK_WH && meterStopWh <= registerWh + flowedWh + SLACK_WH;
}
