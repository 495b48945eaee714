/** Renders the tag group of a session that is paid for afterwards: a live meter or, once there is a bill, a summary. */
import { costSoFar } from '../../../domain/billing/bill.js';
import { formatMinor } from '../../../domain/model/money.js';
import { lastReadingAt, sessionBeginAt } from '../../../domain/metering/reading-time.js';
import type { Order } from '../../../domain/model/order.js';
import { energyCost } from '../../../domain/pricing/pricing.js';
import type { JsonObject } from '../../protocol/wire.js';
import { formatDateTime, formatKilowattHours } from '../core-1x/figures.js';
import { tagEntry, tagGroup } from '../core-1x/tags.js';

/**
 * @unit   Money in major units, with taxes and fees; the rate is the price of one kWh without them.
 * @shape  Empty unless the order has a session and is paid for afterwards. `cable-released` is stated if
 *         UnlockConnector succeeded.
 * @source The proposal for metered payment in UEI (missions, pull request 308): groups, codes and names.
 */
export function renderMeteredGroups(order: Order): JsonObject[] {
  const { session, bill, tariff, payment, cable } = order;
  if (!session || payment?.type !== 'ON-FULFILLMENT') return [];
  const money = (amount: number): string => `${formatMinor(amount, tariff.currency)} ${tariff.currency}`;
  if (!bill) {
    return [
      tagGroup('LIVE-METER', 'Live Meter', [
        tagEntry('energy-delivered', 'Energy Delivered', formatKilowattHours(session.meter.energyWh)),
        tagEntry('cost-so-far', 'Cost So Far', money(costSoFar(order)?.amountMinor ?? 0)),
        tagEntry('rate', 'Rate', `${money(energyCost(tariff, 1000))}/kWh`),
      ]),
    ];
  }
  return [
    tagGroup('SESSION-SUMMARY', 'Session Summary', [
      tagEntry('total-energy', 'Total Energy', formatKilowattHours(bill.deliveredWh)),
      tagEntry('total-cost', 'Total Cost', money(bill.total)),
      tagEntry('session-start', 'Session Start', formatDateTime(sessionBeginAt(session))),
      ...(session.end ? [tagEntry('session-end', 'Session End', formatDateTime(lastReadingAt(session)))] : []),
      ...(cable === 'unlocked' ? [tagEntry('cable', 'Cable', 'cable-released')] : []),
    ]),
  ];
}
