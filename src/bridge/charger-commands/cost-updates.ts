/**
 * Sends prices and costs to chargers that display them. This is best effort, since the bill does not depend on the
 * display.
 */
import { costSoFar } from '../../domain/billing/bill.js';
import type { Order } from '../../domain/model/order.js';
import { formatBill, formatPrices, pricesAt } from '../../domain/pricing/price-display.js';
import { report } from '../../observe/report.js';
import type { ChargerCommandSender, CommandResult } from '../../ports/charger-commands.js';
import type { CostCommand } from '../../ports/cost.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { NotificationLog } from '../charge-points/notification-log.js';
import type { DecisionHints, OrderEffectHandler } from '../orders/effect-handler.js';
import { describeResult } from './command-result.js';

export interface CostUpdateCommandsDeps {
  readonly commandSender: ChargerCommandSender;
  readonly chargePoints: Pick<ChargePointState, 'connectionOf'>;
  readonly notificationLog: Pick<NotificationLog, 'recordNotification'>;
  readonly clock: Clock;
  readonly events: Events;
}

type CostDisplay = NonNullable<DecisionHints['costDisplay']>;

/** How long a command may wait before its content is out of date, ms. */
const MAX_AGE_MS = 30_000;
/**
 * How long a charger may take to answer, ms. A slower charger gets no further prices or costs on this connection,
 * because they could delay a RemoteStop.
 */
const RESPONSE_TIMEOUT_MS = 5_000;

export class CostUpdateCommands implements OrderEffectHandler {
  readonly #deps: CostUpdateCommandsDeps;
  /**
   * The command types that a charge point refused, and the generation of the connection on which it did, by charge
   * point id; `*` means all types.
   */
  readonly #refusedTypes = new Map<string, { readonly generation: number; readonly types: Set<string> }>();
  /** The newest running cost, by order id. Older ones in the queue are not sent. */
  readonly #newestRunningCost = new Map<string, CostCommand>();

  constructor(deps: CostUpdateCommandsDeps) {
    this.#deps = deps;
  }

  handleHints(order: Order, { costDisplay }: DecisionHints): void {
    const command = costDisplay && toCostCommand(order, costDisplay, this.#deps.clock.now());
    if (!command || this.#refuses(order.connector.chargePointId, command.type)) return;
    this.#send(order, command).catch((error: unknown) =>
      report(this.#deps.events, command.type, error, { orderId: order.id }),
    );
  }

  async #send(order: Order, command: CostCommand): Promise<void> {
    const { commandSender, clock } = this.#deps;
    const { chargePointId } = order.connector;
    const isRunningCost = command.type === 'show-cost';
    if (isRunningCost) this.#newestRunningCost.set(order.id, command);
    else this.#newestRunningCost.delete(order.id);
    const stillWanted = (): boolean => !isRunningCost || this.#newestRunningCost.get(order.id) === command;
    const result = await commandSender.sendCommand(chargePointId, command, {
      sendBefore: clock.now() + MAX_AGE_MS,
      timeoutMs: RESPONSE_TIMEOUT_MS,
      stillWanted,
    });
    if (isRunningCost && stillWanted()) this.#newestRunningCost.delete(order.id);
    await this.#recordRefusal(chargePointId, command, result);
  }

  #refuses(chargePointId: string, type: CostCommand['type']): boolean {
    const refused = this.#refusedTypes.get(chargePointId);
    const isSameConnection = refused?.generation === this.#deps.chargePoints.connectionOf(chargePointId)?.generation;
    return isSameConnection && refused !== undefined && (refused.types.has(type) || refused.types.has('*'));
  }

  /** Remembers a refusal. It covers this command type or, after an error, a timeout or UnknownVendorId, all types. */
  async #recordRefusal(chargePointId: string, { type }: CostCommand, result: CommandResult): Promise<void> {
    const { chargePoints, events, notificationLog } = this.#deps;
    if (!isRefusal(result)) return;
    const generation = chargePoints.connectionOf(chargePointId)?.generation;
    if (generation === undefined || this.#refuses(chargePointId, type)) return;
    const answer = describeResult(result);
    const refused = this.#refusedTypes.get(chargePointId);
    const types = refused?.generation === generation ? refused.types : new Set<string>();
    types.add(result.kind !== 'answered' || answer === 'UnknownVendorId' ? '*' : type);
    this.#refusedTypes.set(chargePointId, { generation, types });
    events.emit('cost.refused', { chargePointId, message: type, answer });
    await notificationLog.recordNotification(chargePointId, 'DataTransfer', { refused: type, answer });
  }
}

function isRefusal(result: CommandResult): boolean {
  switch (result.kind) {
    case 'answered':
      return result.status !== 'Accepted';
    case 'error':
      return true;
    case 'unknown':
      return result.reason === 'timeout';
    case 'not-sent':
      return false;
  }
}

/** @unit `now` epoch ms. */
function toCostCommand(order: Order, display: CostDisplay, now: number): CostCommand | undefined {
  const { session, tariff, idTag } = order;
  if (!session || idTag === undefined) return undefined;
  const { currency } = tariff;
  const { transactionId, meter, displayedCost } = session;
  const cost = costSoFar(order)?.amountMinor ?? 0;
  if (display === 'final') return { type: 'show-final-cost', transactionId, cost, currency, text: formatBill(order) };
  const prices = pricesAt(tariff, { at: now, energyWh: meter.energyWh, elapsedMs: now - session.startReceivedAt });
  if (display === 'price') return { type: 'show-price', idTag, text: formatPrices(tariff, prices) };
  const readingAtWh = displayedCost?.meterTriggerWh ?? 0;
  return {
    type: 'show-cost',
    transactionId,
    at: meter.at,
    registerWh: meter.registerWh,
    cost,
    currency,
    idle: order.state === 'suspended',
    prices,
    ...(readingAtWh > meter.registerWh && { readingAtWh }),
  };
}
