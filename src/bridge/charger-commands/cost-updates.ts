/** Prices and costs on their way to chargers that show them. Best effort: the bill is made from the meter, not from a display. */
import { costSoFar } from '../../domain/billing/bill.js';
import type { Accepted } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import { formatBill, formatPrices, pricesAt } from '../../domain/pricing/price-display.js';
import { describeResult } from './command-result.js';
import type { NotificationLog } from '../charge-points/notification-log.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { ChargerCommandSender, CommandResult } from '../../ports/charger-events.js';
import type { CostCommand } from '../../ports/cost.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';

export interface CostUpdateCommandsDeps {
  readonly commandSender: ChargerCommandSender;
  readonly chargePoints: Pick<ChargePointState, 'connectionOf'>;
  readonly notificationLog: Pick<NotificationLog, 'recordNotification'>;
  readonly clock: Clock;
  readonly events: Events;
}

type CostDisplayKind = NonNullable<Accepted['costDisplay']>;

/** A cost of so long ago is none to be shown, ms. */
const MAX_AGE_MS = 30_000;
/** A stop may have to wait behind it: who takes longer to answer is not told again, ms. */
const RESPONSE_TIMEOUT_MS = 5_000;

export class CostUpdateCommands {
  readonly #deps: CostUpdateCommandsDeps;
  /** By charge point: the socket, and what it would not show there; `*` is everything. */
  readonly #refusedTypes = new Map<string, { readonly generation: number; readonly types: Set<string> }>();
  /** By order: the newest running cost. Older ones that still wait are of no use. */
  readonly #newestRunningCost = new Map<string, CostCommand>();

  constructor(deps: CostUpdateCommandsDeps) {
    this.#deps = deps;
  }

  sendCostUpdate(order: Order, what: CostDisplayKind): void {
    const { commandSender: calls, clock, events } = this.#deps;
    const { chargePointId } = order.connector;
    const command = toCostCommand(order, what, clock.now());
    if (!command || this.#refuses(chargePointId, command.type)) return;
    if (what === 'running') this.#newestRunningCost.set(order.id, command);
    else this.#newestRunningCost.delete(order.id);
    const wanted = (): boolean => what !== 'running' || this.#newestRunningCost.get(order.id) === command;
    calls
      .sendCommand(chargePointId, command, {
        sendBefore: clock.now() + MAX_AGE_MS,
        timeoutMs: RESPONSE_TIMEOUT_MS,
        stillWanted: wanted,
      })
      .then((answer) => {
        if (what === 'running' && wanted()) this.#newestRunningCost.delete(order.id);
        return this.#recordRefusal(chargePointId, command, answer);
      })
      .catch((error: unknown) => events.emit('store.failed', { problem: String(error) }));
  }

  #refuses(chargePointId: string, type: CostCommand['type']): boolean {
    const refused = this.#refusedTypes.get(chargePointId);
    const here = refused?.generation === this.#deps.chargePoints.connectionOf(chargePointId)?.generation;
    return here && refused !== undefined && (refused.types.has(type) || refused.types.has('*'));
  }

  /** One message that is refused says nothing of the others: a transaction may be forgotten by its end. */
  async #recordRefusal(chargePointId: string, { type }: CostCommand, answer: CommandResult): Promise<void> {
    const { chargePoints: views, events, notificationLog: log } = this.#deps;
    if (!isRefusal(answer)) return;
    const generation = views.connectionOf(chargePointId)?.generation;
    if (generation === undefined || this.#refuses(chargePointId, type)) return;
    const word = describeResult(answer);
    const before = this.#refusedTypes.get(chargePointId);
    const types = before?.generation === generation ? before.types : new Set<string>();
    types.add(answer.kind !== 'answered' || word === 'UnknownVendorId' ? '*' : type);
    this.#refusedTypes.set(chargePointId, { generation, types });
    events.emit('cost.refused', { chargePointId, message: type, answer: word });
    await log.recordNotification(chargePointId, 'DataTransfer', { refused: type, answer: word });
  }
}

function isRefusal(answer: CommandResult): boolean {
  switch (answer.kind) {
    case 'answered':
      return answer.status !== 'Accepted';
    case 'error':
      return true;
    case 'unknown':
      return answer.reason === 'timeout';
    case 'not-sent':
      return false;
  }
}

function toCostCommand(order: Order, what: CostDisplayKind, now: number): CostCommand | undefined {
  const { session, tariff, idTag } = order;
  if (!session || idTag === undefined) return undefined;
  const { currency } = tariff;
  const { transactionId, meter } = session;
  const cost = costSoFar(order)?.amountMinor ?? 0;
  if (what === 'final') return { type: 'show-final-cost', transactionId, cost, currency, text: formatBill(order) };
  const prices = pricesAt(tariff, { at: now, energyWh: meter.energyWh, elapsedMs: now - session.startReceivedAt });
  if (what === 'price') return { type: 'show-price', idTag, text: formatPrices(tariff, prices) };
  return {
    type: 'show-cost',
    transactionId,
    at: meter.at,
    registerWh: meter.registerWh,
    cost,
    currency,
    idle: order.state === 'suspended',
    prices,
    ...(session.displayedCost &&
      session.displayedCost.meterTriggerWh > meter.registerWh && { readingAtWh: session.displayedCost.meterTriggerWh }),
  };
}
