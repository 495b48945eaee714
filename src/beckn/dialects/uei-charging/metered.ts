/** Tag groups of a session that is paid afterwards: the live meter, and its summary once it has ended. */
import { costOf } from '../../../domain/billing/bill.js';
import { formatMinor } from '../../../domain/model/money.js';
import type { Order } from '../../../domain/model/order.js';
import { energyCost } from '../../../domain/pricing/pricing.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { dateTime, kilowattHours } from '../core-1x/figures.js';
import { entry, group } from '../core-1x/tags.js';

/**
 * @unit   Money in decimals of the currency, taxes and fees included; the rate is of one kWh, before them.
 * @shape  Empty for what is paid beforehand, and before the session. `cable-released` once UnlockConnector has let go.
 * @source The proposal of metered payment for UEI (missions, pull request 308): groups, codes and the state's name.
 */
export function meteredGroups(order: Order): JsonObject[] {
  const { session, bill, tariff, payment, cable } = order;
  if (!session || payment?.type !== 'ON-FULFILLMENT') return [];
  const money = (amount: number): string => `${formatMinor(amount, tariff.currency)} ${tariff.currency}`;
  if (!bill) {
    return [
      group('LIVE-METER', 'Live Meter', [
        entry('energy-delivered', 'Energy Delivered', kilowattHours(session.meter.energyWh)),
        entry('cost-so-far', 'Cost So Far', money(costOf(order)?.minor ?? 0)),
        entry('rate', 'Rate', `${money(energyCost(tariff, 1000))}/kWh`),
      ]),
    ];
  }
  return [
    group('SESSION-SUMMARY', 'Session Summary', [
      entry('total-energy', 'Total Energy', kilowattHours(bill.deliveredWh)),
      entry('total-cost', 'Total Cost', money(bill.total)),
      entry('session-start', 'Session Start', dateTime(session.startedAt)),
      ...(session.end ? [entry('session-end', 'Session End', dateTime(session.end.at))] : []),
      ...(cable === 'released' ? [entry('cable', 'Cable', 'cable-released')] : []),
    ]),
  ];
}
