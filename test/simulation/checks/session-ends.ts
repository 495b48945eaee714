/** Finds the messages that report the end of an order's session. */
import { endsByItsTag } from './check-chargers.js';
import { type ConfirmedOrder, isTagOf, type RunRecord } from './checker.js';
import { at, text } from '../runtime/json.js';
import type { Call } from './wire-reading.js';

/** Checks whether a call reports the end of the order's session that began with `start`. */
export function endsTransaction(record: RunRecord, call: Call, order: ConfirmedOrder, start: Call): boolean {
  if (call.action !== 'StopTransaction' || call.charger !== start.charger || call.t < start.t) return false;
  const number = Number(at(call.payload, 'transactionId'));
  const tagged = isTagOf(order, text(at(call.payload, 'idTag')));
  if (number > 0 && !(tagged && endsByItsTag(record, order, call)))
    return number === Number(at(start.answer?.payload, 'transactionId')) && (tagged || !ofAnother(record, call));
  return tagged;
}

/** Finds a stop that has the order's tag, names no transaction and arrived before this start of its session. */
export function earlyStop(record: RunRecord, order: ConfirmedOrder, { charger, t, payload }: Call): Call | undefined {
  return record.fromChargers.find(
    (call) =>
      call.action === 'StopTransaction' &&
      call.charger === charger &&
      call.t < t &&
      !(Number(at(call.payload, 'transactionId')) > 0) &&
      isTagOf(order, text(at(call.payload, 'idTag'))) &&
      Number(at(call.payload, 'meterStop')) >= Number(at(payload, 'meterStart')),
  );
}

/** Checks whether a call has the tag of some order. */
function ofAnother(record: RunRecord, call: Call): boolean {
  return record.orders.some((order) => isTagOf(order, text(at(call.payload, 'idTag'))));
}
