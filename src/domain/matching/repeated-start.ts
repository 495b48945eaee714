/** Tells a repeated StartTransaction from a new one. */
import { sameIdTag } from '../model/order.js';

/** A transaction that is still open, as far as is known. */
export interface OpenTransaction {
  readonly connectorId: number;
  readonly idTag: string;
  readonly meterStartWh: number;
}

/**
 * Whether a start repeats that of a transaction that is open on its connector: the tag and the register are the same.
 * The time does not count. A charger may stamp the repeat anew, or without a time that can be read.
 * @source OCPP 1.6 errata 2025-04 §3.18 on repeated transaction messages
 */
export function isRepeatedStart(open: OpenTransaction, start: OpenTransaction): boolean {
  return (
    open.connectorId === start.connectorId &&
    open.meterStartWh === start.meterStartWh &&
    sameIdTag(open.idTag, start.idTag)
  );
}
