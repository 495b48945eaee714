/** Sends a callback and logs its outcome. */
import type { Events } from '../../ports/events.js';
import type { CallbackSender, Delivery } from '../../ports/callback-delivery.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { OutboxOutcome } from './outbox.js';

export async function sendCallback(
  sender: CallbackSender,
  callback: Parameters<CallbackSender['send']>[0],
): Promise<Delivery> {
  passCrashPoint('callback.sending');
  const delivery = await sender.send(callback);
  passCrashPoint('callback.sent');
  return delivery;
}

/** @param detail Ids and the action; never a body. */
export function emitOutcome(events: Events, outcome: OutboxOutcome, detail: { readonly [key: string]: unknown }): void {
  switch (outcome.kind) {
    case 'delivered':
      return events.emit('callback.delivered', detail);
    case 'retry':
      return events.emit('callback.failed', { ...detail, reason: outcome.reason, attempts: outcome.attempts });
    case 'refused':
      return events.emit('callback.refused', { ...detail, reason: outcome.reason });
    case 'given-up':
      return events.emit('callback.given-up', { ...detail, reason: outcome.reason });
  }
}
