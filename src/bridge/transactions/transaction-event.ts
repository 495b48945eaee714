/** What 2.x stations tell of their transactions: the same story as a start, readings and a stop, told to the same orders. */
import { costOf } from '../../domain/billing/bill.js';
import { limitsFor } from '../../domain/metering/limit.js';
import type { KeptLimit } from '../../domain/metering/charger-capabilities.js';
import { type Order, isTerminal } from '../../domain/model/order.js';
import type { Book } from '../orders/order-cache.js';
import { chaosPoint } from '../orders/crash-points.js';
import type { ApplyOptions, Desk } from '../orders/order-command-handler.js';
import type { ChargerMeans } from '../charge-points/capabilities.js';
import type { Scribe } from '../orders/effect-factory.js';
import { orderOfTold } from './match-order.js';
import { answer, entryOf, marked, marksOf, opened, refused, type Told } from './transaction-event-record.js';
import { keepUnclaimed } from './unmatched-transaction.js';
import type { ConnectorWords } from '../charger-events/connector-status.js';
import { HISTORY_MS, type Starts, TAG } from './transaction-start.js';
import type { Transactions } from './transaction-index.js';
import type { ChargerCalls, ChargerOutcome, TransactionTold } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store, TransactionRecord } from '../../ports/store.js';

export interface StationTransactionsDeps {
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly scribe: Scribe;
  readonly transactions: Transactions;
  readonly starts: Starts;
  readonly words: ConnectorWords;
  readonly means: ChargerMeans;
  readonly calls: ChargerCalls;
  readonly clock: Clock;
  /** A fresh reading is wanted; best effort. */
}

/** The reason of a transaction that waited for a cable in vain. */
const NEVER_PLUGGED = 'Timeout';

/** Nobody is authorised from here on, though the transaction may stay open until the cable is out. */
const RELEASES: ReadonlyMap<string, string> = new Map([
  ['RemoteStop', 'Remote'],
  ['StopAuthorized', 'Local'],
  ['Deauthorized', 'DeAuthorized'],
  // Nobody plugged in: where a transaction began with the authorisation, it may stay open all the same.
  ['EVConnectTimeout', NEVER_PLUGGED],
]);

/** What a stopped session may still draw before anybody has to look, Wh. */
const AFTER_RELEASE_WH = 100;

const REACHED: ReadonlyMap<string, KeptLimit> = new Map([
  ['EnergyLimitReached', 'energy'],
  ['TimeLimitReached', 'time'],
  ['SoCLimitReached', 'soc'],
]);
const KEPT = [
  ['energyWh', 'energy'],
  ['timeS', 'time'],
  ['socPercent', 'soc'],
] as const;

export class StationTransactions {
  readonly #deps: StationTransactionsDeps;

  constructor(deps: StationTransactionsDeps) {
    this.#deps = deps;
  }

  /** Never refuses. @source OCPP 2.0.1 E01–E15, F01–F03 */
  async told(chargePointId: string, event: TransactionTold): Promise<ChargerOutcome> {
    const { transactions, starts, clock } = this.#deps;
    const now = clock.now();
    const at = event.at ?? now;
    const found = await transactions.find(chargePointId, event.transactionId);
    const known = found && isReused(found, event) ? undefined : found;
    const record = known
      ? marked(known, event, at, transactions.continues(known))
      : opened(chargePointId, event, at, now);
    const newest = known?.told === undefined || at >= known.told.at;
    const told: Told = { chargePointId, event, record, first: known === undefined, newest, at, now };
    if (!known && event.connectorId !== undefined) {
      const begun = { connectorId: event.connectorId, meterStartWh: event.beginWh ?? 0, at };
      await starts.displace(chargePointId, begun, 'nobody');
    }
    try {
      return await this.#taken(told);
    } catch (fault) {
      // The station tells it again: it must find what the store has, as if this had never been heard.
      const same = known && transactions.open(chargePointId, event.transactionId)?.orderId === known.orderId;
      if (same) transactions.put(known);
      else transactions.forget(chargePointId, event.transactionId);
      throw fault;
    }
  }

  async #taken(told: Told): Promise<ChargerOutcome> {
    const { transactions, book } = this.#deps;
    const { record } = told;
    const order = record.orderId === undefined ? undefined : await book.get(record.orderId);
    if (order?.session) {
      transactions.put(record);
      return this.#ofOrder(order, told);
    }
    const claims = order ?? (record.told?.foreign === undefined ? await orderOfTold(book, told) : undefined);
    return claims ? this.#claim(claims, told) : keepUnclaimed(this.#deps, told);
  }

  /** An order's transaction begins here, or is known to be its from here on. */
  async #claim(order: Order, told: Told): Promise<ChargerOutcome> {
    const { desk, transactions, starts } = this.#deps;
    const { event, record, chargePointId, at, now } = told;
    const last = record.told?.registerWh;
    const base = event.phase === 'started' ? (event.beginWh ?? last) : (last ?? event.beginWh);
    if (event.phase === 'ended' && base === undefined && event.stoppedReason !== NEVER_PLUGGED && readings(event) < 2) {
      // An end that overtook its beginning has nothing to count from: it waits for the beginning.
      return keepUnclaimed(this.#deps, told);
    }
    const mine: TransactionRecord = {
      ...record,
      connectorId: record.connectorId === 0 ? order.connector.connectorId : record.connectorId,
      idTag: record.idTag === '' ? (order.idTag ?? '') : record.idTag,
      meterStartWh: base ?? 0,
      raw: told.first ? record.raw : [...record.raw, event.raw],
    };
    let kept = mine;
    // Where only the end is known, all the time since the order was made may have been charged in.
    const since = event.phase === 'ended' ? Math.min(at, order.start?.wantedAt ?? at) : at;
    const applied = await desk.apply(order, starts.command(order, mine, since, base), {
      along: (accepted) => {
        const won = accepted.tag === 'accepted' && accepted.order.session?.startKey === mine.startKey;
        kept = won ? { ...mine, orderId: order.id } : refused(mine, TAG[accepted.tag ?? 'expired']);
        transactions.put(kept);
        return { transactions: [kept] };
      },
    });
    chaosPoint('transaction.saved');
    if (kept.orderId === undefined || !('accepted' in applied)) {
      if (now - at < HISTORY_MS && event.phase !== 'ended') starts.endForeign(chargePointId, record.transactionId);
      // Refused by the store, its connector being another order's in the same moment, nothing of it was kept yet.
      return 'accepted' in applied ? answer(event, kept.told?.foreign ?? 'Blocked') : keepUnclaimed(this.#deps, told);
    }
    const theirs: Told = { ...told, record: kept, begins: true };
    if (!kept.stop) return this.#ofOrder(applied.order, theirs);
    await this.#closed(applied.order, kept.stop, event.samples);
    return this.#answered(order.id, event);
  }

  async #ofOrder(order: Order, told: Told): Promise<ChargerOutcome> {
    const { event, record } = told;
    const late = event.phase === 'started' && order.session?.base !== undefined && event.beginWh !== undefined;
    if (late) await this.#deps.desk.apply(order, this.#deps.starts.command(order, record, told.at, event.beginWh));
    // Cut off between its beginning and an end that was there before it.
    if (record.stop && !isTerminal(order)) await this.#closed(order, record.stop, event.samples);
    else if (event.phase === 'ended') await this.#ended(order, told);
    else await this.#goesOn(order, told);
    return this.#answered(order.id, event);
  }

  async #goesOn(order: Order, told: Told): Promise<void> {
    const { desk, words, transactions } = this.#deps;
    const { chargePointId, event, at, newest } = told;
    const entry = entryOf(this.#deps.store, told, order.id);
    const command = { type: 'record-sample', samples: event.samples, journalSeq: entry.seq } as const;
    await desk.sample(order.id, command, entry);
    await this.#limited(order, event);
    if (told.record.stop) return;
    const reason = RELEASES.get(event.trigger);
    if (reason !== undefined && event.phase === 'updated') {
      const released = { ...told.record, told: { ...marksOf(told.record), release: { at, reason } } };
      return this.#released(order, { ...told, record: released });
    }
    if (told.record.told?.release) return this.#released(order, told);
    const { chargingState } = event;
    if (!newest || chargingState === undefined) return;
    // A session that has just begun charges, unless it is said to be paused.
    if (told.begins && (chargingState === 'EVConnected' || chargingState === 'Idle')) return;
    const record = transactions.open(chargePointId, event.transactionId) ?? told.record;
    await words.charging(record, chargingState, order.id);
  }

  /** @source OCPP 2.1 E16: what the station keeps by itself from now on, and what it has kept. */
  async #limited(order: Order, { trigger, limit }: TransactionTold): Promise<void> {
    const { desk } = this.#deps;
    const hit = REACHED.get(trigger);
    if (hit !== undefined) await desk.apply(order, { type: 'limit-hit', limit: hit });
    if (trigger !== 'LimitSet' || !limit) return;
    const limits = KEPT.filter(([name]) => limit[name] !== undefined).map(([, kept]) => kept);
    await desk.apply(order, { type: 'limits-kept', limits });
  }

  /** The bill ends with the first reading since nobody is authorised; the transaction may go on until the cable is out. */
  async #released(order: Order, told: Told): Promise<void> {
    const { store, transactions, calls, words } = this.#deps;
    const { chargePointId, event, record } = told;
    const release = record.told?.release;
    if (!release || isTerminal(order)) return;
    const last = event.samples.findLast(({ registerWh, at }) => registerWh !== undefined && at >= release.at);
    transactions.put(record);
    if (last?.registerWh === undefined && release.reason !== NEVER_PLUGGED) {
      await store.commit({ transactions: [record] });
      const { connectorId } = record;
      void calls.call(chargePointId, { type: 'trigger', what: 'TransactionEvent', connectorId });
      return;
    }
    const { at, registerWh } = last ?? { at: release.at, registerWh: undefined };
    const stop = { at, reason: release.reason, ...(registerWh !== undefined && { meterStopWh: registerWh }) };
    const finishing = words.finishing(record);
    await this.#closed(order, stop, [], () => ({ transactions: [record], ...finishing }));
  }

  async #ended(order: Order, told: Told): Promise<void> {
    const { transactions, store, words, scribe } = this.#deps;
    const { event, record, at, now } = told;
    const { endWh } = event;
    const stop = {
      at,
      receivedAt: now,
      // E06: an absent reason means Local.
      reason: event.stoppedReason ?? 'Local',
      ...(endWh !== undefined && { meterStopWh: endWh }),
    };
    const before = record.stop;
    if (before && before.at === at && before.meterStopWh === endWh) return;
    const closed: TransactionRecord = { ...record, stop: before ?? stop, raw: [...record.raw, event.raw] };
    const lost = record.told?.missing ?? [];
    const rows =
      before || lost.length === 0
        ? []
        : scribe.rows(order, [
            {
              kind: 'messages-missing',
              detail: `${lost.length} message(s) of transaction ${record.transactionId} never came, number ${lost[0]} first; it is billed by its register.`,
              amount: lost.length,
            },
          ]);
    const finishing = before ? {} : words.finishing(closed);
    const along = (): { transactions?: TransactionRecord[]; rows?: typeof rows } => {
      if (before) return {};
      transactions.put(closed);
      return { transactions: [closed], ...(rows.length > 0 && { rows }), ...finishing };
    };
    const billedTo = record.told?.release && order.session?.end?.meterStopWh;
    const drawn = billedTo === undefined || endWh === undefined ? 0 : endWh - billedTo;
    if (isTerminal(order) && record.told?.release && drawn <= AFTER_RELEASE_WH) await store.commit(along());
    else await this.#closed(order, stop, event.samples, along);
    chaosPoint('transaction.ended');
  }

  async #closed(
    order: Order,
    stop: Pick<NonNullable<TransactionRecord['stop']>, 'at' | 'reason' | 'meterStopWh'>,
    samples: TransactionTold['samples'],
    along: NonNullable<ApplyOptions['along']> = () => ({}),
  ): Promise<void> {
    const { at, reason, meterStopWh } = stop;
    await this.#deps.desk.apply(
      order,
      { type: 'record-stop', at, reason, samples, ...(meterStopWh !== undefined && { meterStopWh }) },
      // The lesson is of the charge point as `along` leaves it.
      { along: (accepted) => ({ ...along(accepted), ...this.#deps.means.taughtBy(accepted) }) },
    );
  }

  /** The order authorises its transaction, whichever card is shown meanwhile: no passer-by may end a paid session. */
  async #answered(orderId: string, event: TransactionTold): Promise<ChargerOutcome> {
    const order = await this.#deps.book.get(orderId);
    const cost = order && costOf(order);
    // Asked once a message until it is kept; what was queued while the station was away gets no confirmation.
    const limit =
      order && !event.offline && event.phase !== 'ended' && !order.session?.kept ? limitsFor(order) : undefined;
    return { ...answer(event, 'Accepted'), ...(cost && { cost }), ...(limit && { limit }) };
  }
}

/** Begun after it had ended: a station that counts from one again gives another transaction an old name. */
function isReused(record: TransactionRecord, { phase, at, seqNo }: TransactionTold): boolean {
  const { stop } = record;
  const awaited = marksOf(record).missing.includes(seqNo);
  return phase === 'started' && !awaited && stop !== undefined && at !== undefined && at > stop.at;
}

function readings(event: TransactionTold): number {
  return event.samples.filter(({ registerWh }) => registerWh !== undefined).length;
}
