/** Prices and costs on their way to chargers that show them. Best effort: the bill is made from the meter, not from a display. */
import { costOf } from '../../domain/billing/bill.js';
import type { Accepted } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import { billWords, priceWords, pricesAt } from '../../domain/pricing/price-display.js';
import { describeAnswer } from './command-result.js';
import type { ChargerLog } from '../charge-points/notification-log.js';
import type { Views } from '../charge-points/charge-point-state.js';
import type { ChargerCalls, CommandAnswer } from '../../ports/charger-events.js';
import type { CostCommand } from '../../ports/cost.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';

export interface CostCommandsDeps {
  readonly calls: ChargerCalls;
  readonly views: Pick<Views, 'presence'>;
  readonly log: Pick<ChargerLog, 'told'>;
  readonly clock: Clock;
  readonly events: Events;
}

type Shown = NonNullable<Accepted['show']>;

/** A cost of so long ago is none to be shown, ms. */
const FRESH_MS = 30_000;
/** A stop may have to wait behind it: who takes longer to answer is not told again, ms. */
const ANSWER_MS = 5_000;

export class CostCommands {
  readonly #deps: CostCommandsDeps;
  /** By charge point: the socket, and what it would not show there; `*` is everything. */
  readonly #refused = new Map<string, { readonly generation: number; readonly types: Set<string> }>();
  /** By order: the newest running cost. Older ones that still wait are of no use. */
  readonly #newest = new Map<string, CostCommand>();

  constructor(deps: CostCommandsDeps) {
    this.#deps = deps;
  }

  show(order: Order, what: Shown): void {
    const { calls, clock, events } = this.#deps;
    const { chargePointId } = order.connector;
    const command = commandOf(order, what, clock.now());
    if (!command || this.#refuses(chargePointId, command.type)) return;
    if (what === 'running') this.#newest.set(order.id, command);
    else this.#newest.delete(order.id);
    const wanted = (): boolean => what !== 'running' || this.#newest.get(order.id) === command;
    calls
      .call(chargePointId, command, { notAfter: clock.now() + FRESH_MS, timeoutMs: ANSWER_MS, wanted })
      .then((answer) => {
        if (what === 'running' && wanted()) this.#newest.delete(order.id);
        return this.#answered(chargePointId, command, answer);
      })
      .catch((error: unknown) => events.emit('store.failed', { problem: String(error) }));
  }

  #refuses(chargePointId: string, type: CostCommand['type']): boolean {
    const refused = this.#refused.get(chargePointId);
    const here = refused?.generation === this.#deps.views.presence(chargePointId)?.generation;
    return here && refused !== undefined && (refused.types.has(type) || refused.types.has('*'));
  }

  /** One message that is refused says nothing of the others: a transaction may be forgotten by its end. */
  async #answered(chargePointId: string, { type }: CostCommand, answer: CommandAnswer): Promise<void> {
    const { views, events, log } = this.#deps;
    if (!isRefusal(answer)) return;
    const generation = views.presence(chargePointId)?.generation;
    if (generation === undefined || this.#refuses(chargePointId, type)) return;
    const word = describeAnswer(answer);
    const before = this.#refused.get(chargePointId);
    const types = before?.generation === generation ? before.types : new Set<string>();
    types.add(answer.kind !== 'answered' || word === 'UnknownVendorId' ? '*' : type);
    this.#refused.set(chargePointId, { generation, types });
    events.emit('cost.refused', { chargePointId, message: type, answer: word });
    await log.told(chargePointId, 'DataTransfer', { refused: type, answer: word });
  }
}

function isRefusal(answer: CommandAnswer): boolean {
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

function commandOf(order: Order, what: Shown, now: number): CostCommand | undefined {
  const { session, tariff, idTag } = order;
  if (!session || idTag === undefined) return undefined;
  const { currency } = tariff;
  const { transactionId, meter } = session;
  const cost = costOf(order)?.minor ?? 0;
  if (what === 'final') return { type: 'show-final-cost', transactionId, cost, currency, text: billWords(order) };
  const prices = pricesAt(tariff, { at: now, energyWh: meter.energyWh, lastedMs: now - session.startReceivedAt });
  if (what === 'price') return { type: 'show-price', idTag, text: priceWords(tariff, prices) };
  return {
    type: 'show-cost',
    transactionId,
    at: meter.at,
    registerWh: meter.registerWh,
    cost,
    currency,
    idle: order.state === 'suspended',
    prices,
    ...(session.shown && session.shown.readingAtWh > meter.registerWh && { readingAtWh: session.shown.readingAtWh }),
  };
}
