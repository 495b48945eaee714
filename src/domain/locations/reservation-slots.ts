/** Booked times: who may charge where and when. A slot is a connector's time, from one moment to another. */
import { type Order, connectorKey, isActive, isHoldingDraft } from '../model/order.js';
import { type Limit } from '../model/quote.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Refusal } from '../model/refusal.js';
import type { Connector } from '../model/network.js';
import { energyOfLimit } from '../pricing/pricing.js';
import type { Slot } from '../model/reservation.js';

/** A slot that begins so soon begins now. */
const IMMEDIATE_MS = 60_000;
const MAX_SLOT_MS = 12 * 3_600_000;
/** The grain of what is kept apart: two slots that touch the same five minutes are one too many. */
const CELL_MS = 300_000;

/** The slot, if it lies ahead; what begins now is no booking. */
export function futureSlot(slot: Slot | undefined, now: number): Slot | undefined {
  return slot && slot.from - now > IMMEDIATE_MS ? slot : undefined;
}

/** @errors `slot-invalid` when it ends before it begins, is longer than half a day, or lies too far ahead. */
export function checkSlot(slot: Slot, now: number, policy: Pick<SessionPolicy, 'slotAheadMs'>): Refusal | undefined {
  const fault = (detail: string): Refusal => ({ code: 'slot-invalid', detail });
  if (slot.until <= slot.from) return fault('it ends before it begins');
  if (slot.until - slot.from > MAX_SLOT_MS) return fault(`it is longer than ${MAX_SLOT_MS / 3_600_000} hours`);
  if (slot.from - now > policy.slotAheadMs)
    return fault(`it begins later than in ${policy.slotAheadMs / 3_600_000} hours`);
  return undefined;
}

/**
 * The names that no two orders may hold at once: one for each five minutes that the slot touches. A store keeps them
 * unique, so that two overlapping slots cannot both be saved, whoever decided them.
 */
export function slotCells(order: Pick<Order, 'state' | 'slot' | 'connector' | 'connectorHeld'>): string[] {
  const { slot } = order;
  if (!slot || !(isActive(order) || isHoldingDraft(order))) return [];
  const first = Math.floor(slot.from / CELL_MS);
  const last = Math.ceil(slot.until / CELL_MS);
  const place = connectorKey(order.connector);
  return Array.from({ length: last - first }, (_, index) => `${place}@${first + index}`);
}

/** The time that a hold keeps from others: its slot, or from now on until its quote has run out. */
export function heldSlot({ slot, createdAt, quote }: Pick<Order, 'slot' | 'createdAt' | 'quote'>): Slot {
  return slot ?? { from: createdAt, until: quote.expiresAt };
}

/** When an order without a slot is expected to be done: after the time it bought, or its energy at full power. */
export function expectedEnd(connector: Connector, limit: Limit, now: number): number {
  if (limit.kind === 'time') return now + limit.value * 1000;
  return now + Math.ceil((energyOfLimit(connector, limit, now) * 3_600_000) / connector.maxPowerW);
}

/** The first booked slot that leaves no room between `from` and `until`. The lead before each is its own. */
export function overlappingSlot(booked: readonly Slot[], wanted: Slot, leadMs: number): Slot | undefined {
  return booked.find((slot) => wanted.from < slot.until && wanted.until > slot.from - leadMs);
}

/** Whether a connector is kept for somebody now: from the lead before a slot until its end. */
export function isReservedNow(booked: readonly Slot[], now: number, leadMs: number): boolean {
  return booked.some((slot) => now >= slot.from - leadMs && now < slot.until);
}
