/** Renders the tag group `charging-session-details`. Optional values that the charger has not reported are left out. */
import type { PeerSettings } from '../../../config/config.js';
import { chargingCostSoFar, energySoFar } from '../../../domain/billing/bill.js';
import type { Order } from '../../../domain/model/order.js';
import { lastReadingAt, sessionBeginAt } from '../../../domain/metering/reading-time.js';
import type { Session } from '../../../domain/model/session.js';
import type { JsonObject } from '../../protocol/wire.js';
import {
  currencySign,
  formatDateTime,
  formatKilowattHours,
  formatDecimal,
  formatShortMoney,
} from '../core-1x/figures.js';
import { tagEntry, tagGroup } from '../core-1x/tags.js';

/**
 * Renders the session's figures as of its last sample. Once there is a bill, energy and cost are taken from it.
 * @unit   `time_elapsed` in seconds; other values state their unit. `last_calculated_cost` is the charging cost before
 *         taxes and fees.
 * @shape  `rich`: one entry per figure. `sampled-value`: one OCPP SampledValue, flattened into entries.
 */
export function renderSessionDetails(order: Order, peer: PeerSettings): JsonObject | undefined {
  const { session } = order;
  if (!session) return undefined;
  const entries = peer.sessionDetails === 'rich' ? richEntries(order, session) : sampledValueEntries(order, session);
  return tagGroup('charging-session-details', 'Charging Session Details', entries);
}

function richEntries(order: Order, session: Session): JsonObject[] {
  const { meter } = session;
  const energyWh = energySoFar(order) ?? 0;
  const cost = chargingCostSoFar(order);
  const currency = order.tariff.currency;
  return [
    tagEntry('time_elapsed', 'Time Elapsed', elapsedSeconds(session)),
    tagEntry('energy_delivered', 'Energy Delivered', formatKilowattHours(energyWh)),
    ...optionalEntry('current_soc', 'Current SoC', meter.soc, '%'),
    ...optionalEntry('initial_soc', 'Initial SoC', meter.socStart, '%'),
    ...optionalEntry('voltage', 'Voltage', meter.voltage, 'V'),
    ...optionalEntry('current', 'current', meter.current, 'A'),
    ...optionalEntry('power', 'Power', meter.powerW, 'W'),
    tagEntry('last_timestamp', 'Last Timestamp', formatDateTime(lastReadingAt(session))),
    tagEntry(
      'last_calculated_cost',
      'Last Calculated Cost',
      `${currencySign(currency).trim()} ${formatShortMoney(cost, currency)}`,
    ),
  ];
}

function optionalEntry(code: string, name: string, value: number | undefined, unit: string): JsonObject[] {
  return value === undefined ? [] : [tagEntry(code, name, `${formatDecimal(value)} ${unit}`)];
}

// Shows the state of charge if the charger reports it, otherwise the energy.
function sampledValueEntries(order: Order, session: Session): JsonObject[] {
  const { soc } = session.meter;
  const [measurand, unit, value] =
    soc === undefined ? ['energy', 'Wh', String(energySoFar(order) ?? 0)] : ['soc', 'percent', formatDecimal(soc)];
  return [
    tagEntry('time-elapsed', 'Time Elapsed', elapsedSeconds(session)),
    tagEntry('context', 'context', session.end ? 'Transaction.End' : 'Sample.Periodic'),
    tagEntry('format', 'format', 'Raw'),
    tagEntry('phase', 'phase', ''),
    tagEntry('measurand', 'measurand', measurand),
    tagEntry('unit', 'unit', unit),
    tagEntry('value', 'value', value),
  ];
}

function elapsedSeconds(session: Session): string {
  return (Math.max(0, lastReadingAt(session) - sessionBeginAt(session)) / 1000).toFixed(2);
}
