/** Handles MeterValues of any OCPP version: appends each message to the meter journal and updates the order's meter. */
import type { CommandOf } from '../../domain/model/command.js';
import { evseIdOf } from '../../domain/model/network.js';
import type { ChargerEventOf, ChargerOutcomeOf } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { MeterEntry } from '../../ports/stored-records.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { reportedEnd } from './transaction-event-record.js';
import { isTransactionNumber, type TransactionIndex } from './transaction-index.js';

type MeterSampled = ChargerEventOf<'meter-sampled'>;
type Acknowledgement = ChargerOutcomeOf<'meter-sampled'>;

/** Keeps the messages that the store cannot take now. */
interface UnsavedSamples {
  /** Returns whether earlier messages of the charge point wait for the store. */
  has(chargePointId: string): boolean;
  /** Keeps a message and acknowledges it. @errors `fault` if the message cannot be kept either. */
  keep(chargePointId: string, event: MeterSampled, fault?: unknown): Promise<Acknowledgement>;
}

export interface MeterValuesDeps {
  readonly store: Pick<Store, 'nextJournalSeq' | 'appendMeterEntry'>;
  readonly orders: OrderCommandHandler;
  readonly transactions: TransactionIndex;
  readonly clock: Clock;
  readonly unsavedSamples: UnsavedSamples;
}

const ACKNOWLEDGED: Acknowledgement = { type: 'notification-received' };
const acknowledge = (): Acknowledgement => ACKNOWLEDGED;

export class MeterValues {
  readonly #deps: MeterValuesDeps;

  constructor(deps: MeterValuesDeps) {
    this.#deps = deps;
  }

  /**
   * Saves the samples, or keeps them while the store cannot take them. Not `async`, because this is the hot path and
   * each further promise costs time.
   */
  meterSampled(chargePointId: string, event: MeterSampled): Promise<Acknowledgement> {
    const { store, clock, orders, unsavedSamples } = this.#deps;
    if (unsavedSamples.has(chargePointId) && event.receivedAt === undefined)
      return unsavedSamples.keep(chargePointId, event);
    const keep = (fault: unknown): Promise<Acknowledgement> => this.#keep(chargePointId, event, fault);
    const { connectorId, samples, raw, receivedAt = clock.now() } = event;
    const orderId = this.orderIdOf(chargePointId, event);
    let seq: number;
    try {
      seq = store.nextJournalSeq();
    } catch (fault) {
      return keep(fault);
    }
    const namesTransaction = isTransactionNumber(event.transactionId);
    const isStillOpen = orderId !== undefined;
    const named = { samples, namesTransaction, isStillOpen };
    const command = { type: 'record-sample', ...named, journalSeq: seq } as const;
    if (orderId !== undefined) {
      const entry = { seq, chargePointId, connectorId, orderId, receivedAt, raw };
      return orders.recordSample(orderId, command, entry).then(acknowledge, keep);
    }
    const unassigned = { seq, chargePointId, connectorId, receivedAt, raw };
    const saved = namesTransaction
      ? this.#saveLate(event.transactionId ?? '', command, unassigned)
      : store.appendMeterEntry(unassigned);
    return saved.then(acknowledge, keep);
  }

  /**
   * Saves samples of a transaction that is not open. If it belongs to an order, they are applied to the order too,
   * because they may show more energy than was billed.
   */
  async #saveLate(transactionId: string, command: CommandOf<'record-sample'>, entry: MeterEntry): Promise<void> {
    const { store, orders, transactions } = this.#deps;
    const record = await transactions.find(entry.chargePointId, transactionId);
    if (record?.orderId === undefined) return store.appendMeterEntry(entry);
    await orders.recordSample(record.orderId, { ...command, isStillOpen: !reportedEnd(record) }, entry);
  }

  /**
   * Returns the order id of the open transaction that the message names. If it names none, takes the newest open one on
   * its connector or, if it names only an EVSE, on any connector of that EVSE. Returns `undefined` if there is none.
   */
  orderIdOf(
    chargePointId: string,
    { transactionId, connectorId, isWholeEvse }: Pick<MeterSampled, 'transactionId' | 'connectorId' | 'isWholeEvse'>,
  ): string | undefined {
    const { transactions } = this.#deps;
    if (isTransactionNumber(transactionId)) return transactions.findOpen(chargePointId, transactionId)?.orderId;
    // Connector 0 is the main power meter, which belongs to no session (OCPP 1.6 §4.7).
    if (connectorId === 0) return undefined;
    const open = transactions.newestOpenOn(chargePointId, connectorId);
    if (open || !isWholeEvse) return open?.orderId;
    return transactions.openAt(chargePointId).findLast((one) => evseIdOf(one.connectorId) === connectorId)?.orderId;
  }

  /** Keeps a message that cannot be saved. A message from the frame journal stays there. */
  #keep(chargePointId: string, event: MeterSampled, fault: unknown): Promise<Acknowledgement> {
    if (event.receivedAt !== undefined) return Promise.reject(fault);
    return this.#deps.unsavedSamples.keep(chargePointId, event, fault);
  }
}
