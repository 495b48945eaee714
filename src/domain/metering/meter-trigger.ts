/** Decides when to ask a charger for a reading. */
import type { Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Session } from '../model/session.js';
import { knownAt } from './assumed-flow.js';
import { profileEndsSoonAt } from './charging-profile.js';
import { limitDueAt } from './limit.js';

/** Returns when to stop the session for a limit or to request a reading, whichever comes first. @unit Epoch ms. */
export function limitOrMeterTriggerAt(order: Order, session: Session, policy: SessionPolicy): number {
  const limit = limitDueAt(order, session, policy);
  return Math.min(limit ?? Infinity, meterTriggerAt(session, limit, policy));
}

/**
 * Returns when to request the next reading: every few seconds shortly before the session must be stopped or its
 * charging profile ends, and while readings contradict each other; otherwise after a long silence.
 * @unit Epoch ms.
 */
export function meterTriggerAt(session: Session, limitAt: number | undefined, policy: SessionPolicy): number {
  const { meter, meterTriggeredAt = 0, resumedAt = 0 } = session;
  const lastAt = Math.max(knownAt(session), meterTriggeredAt, resumedAt);
  const nearFrom = meter.rival
    ? 0
    : Math.min((limitAt ?? Infinity) - policy.meterTriggerLeadMs, profileEndsSoonAt(session));
  return Math.min(Math.max(nearFrom, lastAt + policy.meterTriggerIntervalMs), lastAt + policy.silentMs);
}
