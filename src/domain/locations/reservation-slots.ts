/** Checks which slots can be booked, which overlap, and when they reserve a connector. */
import { type Order, claimsConnector, connectorKey, isActive, isHoldingDraft } from '../model/order.js';
import { type Limit } from '../model/quote.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Refusal } from '../model/refusal.js';
import type { Connector } from '../model/network.js';
import { energyOfLimit } from '../pricing/pricing.js';
import type { Slot } from '../model/reservation.js';

/** A slot that begins within this time is treated as beginning now. */
const IMMEDIATE_MS = 60_000;
const MAX_SLOT_MS = 12 * 3_600_000;
/** Slots are divided into cells of five minutes. Two slots conflict if they share a cell of a connector. */
const CELL_MS = 300_000;

type ClaimingOrder = Pick<Order, 'state' | 'slot' | 'connector' | 'connectorHeld'>;

/** Returns the slot if it lies in the future; a slot that begins now needs no booking. @unit Epoch ms. */
export function futureSlot(slot: Slot | undefined, now: number): Slot | undefined {
  return slot && slot.from - now > IMMEDIATE_MS ? slot : undefined;
}

/**
 * Checks whether a slot can be booked.
 * @errors `slot-invalid` if it does not end after it begins, is over 12 hours long, or begins too far in the future.
 */
export function checkSlot(slot: Slot, now: number, policy: Pick<SessionPolicy, 'slotAheadMs'>): Refusal | undefined {
  const invalid = (detail: string): Refusal => ({ code: 'slot-invalid', detail });
  if (slot.until <= slot.from) return invalid('it ends before it begins');
  if (slot.until - slot.from > MAX_SLOT_MS) return invalid(`it is longer than ${MAX_SLOT_MS / 3_600_000} hours`);
  if (slot.from - now > policy.slotAheadMs) {
    return invalid(`it begins more than ${policy.slotAheadMs / 3_600_000} hours from now`);
  }
  return undefined;
}

/**
 * Returns a key for each five-minute cell that the order's slot touches; none unless the order is active or a draft
 * that reserves the slot. A store keeps these keys unique, so that overlapping slots cannot both be saved.
 */
export function slotCells(order: ClaimingOrder): string[] {
  const { slot } = order;
  if (!slot || !(isActive(order) || isHoldingDraft(order))) return [];
  const first = Math.floor(slot.from / CELL_MS);
  const last = Math.ceil(slot.until / CELL_MS);
  const connector = connectorKey(order.connector);
  return Array.from({ length: last - first }, (_, index) => `${connector}@${first + index}`);
}

/** Checks whether a session can run on its connector alongside another order. If not, a store refuses to save both. */
export function canRunBeside(running: ClaimingOrder, other: ClaimingOrder): boolean {
  if (connectorKey(running.connector) !== connectorKey(other.connector)) return true;
  const cells = new Set(slotCells(running));
  return !claimsConnector(other) && !slotCells(other).some((cell) => cells.has(cell));
}

/** Returns the time that a draft reserves: its slot, or the time from its creation until its quote expires. */
export function heldSlot({ slot, createdAt, quote }: Pick<Order, 'slot' | 'createdAt' | 'quote'>): Slot {
  return slot ?? { from: createdAt, until: quote.expiresAt };
}

/**
 * Estimates when a session ends if it begins now: after the ordered time, or once its energy is delivered at full
 * power.
 * @unit Epoch ms.
 */
export function expectedEnd(connector: Connector, limit: Limit, now: number): number {
  if (limit.kind === 'time') return now + limit.value * 1000;
  return now + Math.ceil((energyOfLimit(connector, limit, now) * 3_600_000) / connector.maxPowerW);
}

/** Returns the first booked slot that overlaps the wanted time, counting `leadMs` before the slot as part of it. */
export function overlappingSlot(booked: readonly Slot[], wanted: Slot, leadMs: number): Slot | undefined {
  return booked.find((slot) => wanted.from < slot.until && wanted.until > slot.from - leadMs);
}

/** Checks whether a connector is reserved now: from `leadMs` before a slot until its end. @unit Epoch ms. */
export function isReservedNow(booked: readonly Slot[], now: number, leadMs: number): boolean {
  return booked.some((slot) => now >= slot.from - leadMs && now < slot.until);
}
