/** Brings an order into any state with the commands that lead there. */
import { type OrderCommand } from '../../../src/domain/model/command.js';
import type { Accepted } from '../../../src/domain/model/decision.js';
import { decide } from '../../../src/domain/decide/decide.js';
import type { ConnectorStatus } from '../../../src/domain/model/network.js';
import type { Order, OrderState } from '../../../src/domain/model/order.js';
import type { Limit } from '../../../src/domain/model/quote.js';
import { decisionContext, SITE } from '../../property/domain-arbitraries.js';

export const AT = Date.UTC(2026, 0, 15, 10);
const TAG = 'T'.repeat(20);
export const SECOND = 1000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export const asked = (messageId: string) => ({ action: 'any', messageId, digest: 'd', at: AT });

/** @errors Throws if the order refuses the command. */
export function run(order: Order | undefined, command: OrderCommand, now: number): Accepted {
  const decision = decide(order, command, decisionContext(now));
  if ('refusal' in decision) throw new Error(`refused: ${decision.refusal.code}`);
  return decision;
}

export function confirm(chargerOnline = true, limit: Limit = { kind: 'energy', value: 10_000 }): OrderCommand {
  return {
    type: 'confirm',
    request: asked('confirm'),
    site: SITE,
    limit,
    payment: 'unstated',
    idTag: TAG,
    chargerOnline,
    connectorState: { status: 'Available', errorCode: 'NoError', at: AT },
  };
}

export function start(at = AT + 5 * SECOND, startKey = 'first'): OrderCommand {
  return { type: 'record-start', transactionId: '7', startKey, connectorId: 1, meterStartWh: 1_000_000, at };
}

export function sample(energyWh: number, at: number): OrderCommand {
  return { type: 'record-sample', samples: [{ at, registerWh: 1_000_000 + energyWh }], journalSeq: at };
}

export function stopAt(energyWh: number, at: number, reason = 'Local'): OrderCommand {
  return { type: 'record-stop', meterStopWh: 1_000_000 + energyWh, at, reason, samples: [] };
}

export function status(word: ConnectorStatus, at = AT): OrderCommand {
  return { type: 'connector-changed', connectorState: { status: word, errorCode: 'NoError', at } };
}

/** Applies commands at their times. Returns the resulting order. */
export function orderAfter(...steps: readonly (readonly [number, OrderCommand])[]): Order {
  let order: Order | undefined;
  for (const [now, command] of steps) order = run(order, command, now).order;
  if (!order) throw new Error('nothing happened');
  return order;
}

const CHARGING = [
  [AT, confirm()],
  [AT + SECOND, { type: 'start-answered', answer: 'accepted' }],
  [AT + 5 * SECOND, start()],
  [AT + MINUTE, sample(500, AT + MINUTE)],
] as const;

/** A time at which an order in any state accepts the next command. */
export const LATER = AT + 2 * MINUTE;
export function orderIn(state: OrderState): Order {
  switch (state) {
    case 'draft':
      return orderAfter([
        AT,
        { type: 'select', request: asked('select'), site: SITE, limit: { kind: 'energy', value: 10_000 } },
      ]);
    case 'confirmed':
      return orderAfter([AT, confirm(false)]);
    case 'starting':
      return orderAfter([AT, confirm()], [AT + SECOND, { type: 'start-answered', answer: 'accepted' }]);
    case 'charging':
      return orderAfter(...CHARGING);
    case 'suspended':
      return orderAfter(...CHARGING, [AT + MINUTE, status('SuspendedEV')]);
    case 'offline':
      return orderAfter(...CHARGING, [AT + MINUTE, { type: 'charger-disconnected' }]);
    case 'stopping':
      return orderAfter(...CHARGING, [AT + MINUTE, { type: 'stop', reason: 'buyer', request: asked('stop') }]);
    case 'provisional':
      return orderAfter(...CHARGING, [
        AT + MINUTE,
        { type: 'transaction-superseded', meterStartWh: 1_000_600, at: AT + MINUTE },
      ]);
    case 'completed':
      return orderAfter(...CHARGING, [AT + MINUTE, stopAt(600, AT + MINUTE)]);
    case 'cancelled':
      return orderAfter([AT, confirm()], [AT + SECOND, { type: 'cancel', by: 'buyer', request: asked('cancel') }]);
    case 'failed':
      return orderAfter([AT, confirm()], [AT + SECOND, { type: 'start-answered', answer: 'rejected' }]);
  }
}
