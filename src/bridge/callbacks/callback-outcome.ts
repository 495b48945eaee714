/** Sends a callback, logs its outcome, and drafts a discrepancy if a person must look at it. */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
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

/**
 * Drafts a discrepancy if a person must look at the outcome.
 * @param callback A short description of the callback, for a person.
 * @param id       The outbox item's id, so that repeated refusals of one callback, or an outcome that is saved twice,
 *                 remain one discrepancy.
 */
export function discrepanciesOf(outcome: OutboxOutcome, callback: string, id: string): readonly DiscrepancyDraft[] {
  switch (outcome.kind) {
    case 'given-up':
      return [{ kind: 'callback-undeliverable', key: id, detail: `${callback}: ${outcome.reason}` }];
    case 'refused':
      return [{ kind: 'callback-refused', key: id, detail: `${callback}: ${outcome.reason}` }];
    case 'retry':
      return outcome.refused
        ? [{ kind: 'callback-refused', key: id, detail: `${callback}: ${outcome.reason}; retried until its deadline` }]
        : [];
    case 'delivered':
      return [];
  }
}
