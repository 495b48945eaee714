/** Which order a 2.x transaction belongs to. */
import type { Order } from '../../domain/model/order.js';
import type { OrderCache } from '../orders/order-cache.js';
import { remoteStartIdOf } from './remote-start-id.js';
import type { TransactionEvent } from '../../ports/charger-events.js';
import type { TransactionRecord } from '../../ports/stored-records.js';

/**
 * By the remote start that it names; by the transaction that the start's answer named; by its tag; else, when it began
 * for a remote start or charges and names nobody at all, the one order that waits for its connector.
 * @source OCPP 2.0.1 F01.FR.13, F01.FR.19, F01.FR.25; real stations leave any of them out.
 */
export async function matchOrder(
  book: OrderCache,
  told: {
    readonly chargePointId: string;
    readonly event: TransactionEvent;
    readonly record: TransactionRecord;
    /** Its beginning was never heard. */
    readonly isFirst: boolean;
  },
): Promise<Order | undefined> {
  const { chargePointId, event, record, isFirst: first } = told;
  const here = book.openOrdersAt(chargePointId);
  const { remoteStartId } = event;
  const asked =
    remoteStartId !== undefined &&
    here.find(({ idTag }) => idTag !== undefined && remoteStartIdOf(idTag) === remoteStartId);
  if (asked) return asked;
  const named = here.find(
    ({ remoteStart: start, session }) => !session && start?.transactionId === event.transactionId,
  );
  if (named) return named;
  if (record.idTag !== '') {
    const tagged = await book.findByIdTag(record.idTag);
    return tagged?.connector.chargePointId === chargePointId ? tagged : undefined;
  }
  if (remoteStartId !== undefined) return undefined;
  const timedOut = event.eventType === 'ended' && event.stoppedReason === 'Timeout';
  const goesOn =
    event.eventType !== 'ended' && (event.chargingState === 'Charging' || (first && event.eventType === 'updated'));
  const waiting = here.filter(
    ({ state, session, remoteStart: start, connector }) =>
      state === 'starting' &&
      !session &&
      // An older transaction of somebody else would have made the station refuse.
      (event.triggerReason === 'RemoteStart' || timedOut || (goesOn && start?.answer === 'accepted')) &&
      (record.connectorId === 0 || record.connectorId === connector.connectorId),
  );
  return waiting.length === 1 ? waiting[0] : undefined;
}
