/** Tells a repeated StartTransaction from a new one. */
import { sameIdTag } from '../model/order.js';

/** A transaction that is still open, as far as is known. */
export interface OpenTransaction {
  readonly connectorId: number;
  readonly idTag: string;
  readonly meterStartWh: number;
  /** By the charger's clock, epoch ms. */
  readonly startedAt: number;
  /** Whether energy has been metered in it. */
  readonly hasMetered: boolean;
}

export type StartEvidence = Pick<OpenTransaction, 'connectorId' | 'idTag' | 'meterStartWh'> & {
  /** By the charger's clock, epoch ms; absent if it could not be read. */
  readonly at?: number | undefined;
};

/**
 * Whether a start repeats that of a transaction that is open on its connector: the tag and the register are the same.
 * The time does not count. A charger may stamp the repeat anew, or without a time that can be read. Only where a meter
 * counts from zero in each transaction does the register say nothing; a later start after metered energy is then new.
 * @source OCPP 1.6 errata 2025-04 §3.18 on repeated transaction messages
 */
export function isRepeatedStart(open: OpenTransaction, start: StartEvidence): boolean {
  const isSame =
    open.connectorId === start.connectorId &&
    open.meterStartWh === start.meterStartWh &&
    sameIdTag(open.idTag, start.idTag);
  const isLater = start.at !== undefined && start.at > open.startedAt;
  return isSame && !(start.meterStartWh === 0 && open.hasMetered && isLater);
}
