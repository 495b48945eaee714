/** Tells whether a start repeats that of an open transaction, or precedes that of another one. */
import { sameIdTag } from '../model/order.js';

/** A transaction that is not known to have ended. */
export interface OpenTransaction {
  readonly connectorId: number;
  readonly idTag: string;
  readonly meterStartWh: number;
  /** By the charger's clock, epoch ms. */
  readonly startedAt: number;
  /** Whether energy has flowed in it, by its register or its reported power. */
  readonly hasMetered: boolean;
}

export type StartEvidence = Pick<OpenTransaction, 'connectorId' | 'idTag' | 'meterStartWh'> & {
  /** By the charger's clock, epoch ms; absent if it could not be read. */
  readonly at?: number | undefined;
};

/**
 * Checks whether a start repeats that of an open transaction on its connector: the tag and the register are the same.
 * The time does not matter, because the repeat may carry a new or an unreadable timestamp. If the meter counts from
 * zero in each transaction, its register proves nothing; a start with another time is then new once energy has
 * flowed.
 * @source OCPP 1.6 errata 2025-04 §3.18 on repeated transaction messages
 */
export function isRepeatedStart(open: OpenTransaction, start: StartEvidence): boolean {
  const isSame =
    open.connectorId === start.connectorId &&
    open.meterStartWh === start.meterStartWh &&
    sameIdTag(open.idTag, start.idTag);
  const isOfOtherTime = start.at !== undefined && start.at !== open.startedAt;
  return isSame && !(start.meterStartWh === 0 && open.hasMetered && isOfOtherTime);
}

/**
 * Checks whether a start precedes that of another transaction on its connector, and merely arrives late. The time alone
 * proves nothing, because the charger's clock may have been set back; a higher register proves that the start follows.
 */
export function precedesStart(
  start: Pick<OpenTransaction, 'startedAt' | 'meterStartWh'>,
  other: Pick<OpenTransaction, 'startedAt' | 'meterStartWh'>,
): boolean {
  return start.startedAt < other.startedAt && start.meterStartWh <= other.meterStartWh;
}
