/** `charging-session-details`: the running or ended session's figures. What the meter has not said is left out. */
import type { PeerSettings } from '../../../config/config.js';
import { chargedSoFar } from '../../../domain/billing/bill.js';
import type { Order, Session } from '../../../domain/model/order.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { currencySign, dateTime, kilowattHours, plain, shortMoney } from '../core-1x/figures.js';
import { entry, group } from '../core-1x/tags.js';

/**
 * The session's figures as of its last sample, or as billed once it has ended.
 * @unit   `time_elapsed` seconds; the rest says its unit in the value. `last_calculated_cost` is the charging cost
 *         alone, before taxes and fees.
 * @shape  `rich`: one entry each. `sampled-value`: one OCPP SampledValue flattened into entries.
 */
export function sessionDetails(order: Order, peer: PeerSettings): JsonObject | undefined {
  const { session } = order;
  if (!session) return undefined;
  const entries = peer.sessionDetails === 'rich' ? rich(order, session) : sampledValue(order, session);
  return group('charging-session-details', 'Charging Session Details', entries);
}

function rich(order: Order, session: Session): JsonObject[] {
  const { meter } = session;
  const energyWh = deliveredWh(order, session);
  const cost = chargedSoFar(order);
  const currency = order.tariff.currency;
  return [
    entry('time_elapsed', 'Time Elapsed', elapsedSeconds(session)),
    entry('energy_delivered', 'Energy Delivered', kilowattHours(energyWh)),
    ...optional('current_soc', 'Current SoC', meter.soc, '%'),
    ...optional('initial_soc', 'Initial SoC', meter.socStart, '%'),
    ...optional('voltage', 'Voltage', meter.voltage, 'V'),
    ...optional('current', 'current', meter.current, 'A'),
    ...optional('power', 'Power', meter.powerW, 'W'),
    entry('last_timestamp', 'Last Timestamp', dateTime(lastAt(session))),
    entry(
      'last_calculated_cost',
      'Last Calculated Cost',
      `${currencySign(currency).trim()} ${shortMoney(cost, currency)}`,
    ),
  ];
}

function optional(code: string, name: string, value: number | undefined, unit: string): JsonObject[] {
  return value === undefined ? [] : [entry(code, name, `${plain(value)} ${unit}`)];
}

// The state of charge where the car tells it, else the energy.
function sampledValue(order: Order, session: Session): JsonObject[] {
  const { soc } = session.meter;
  const [measurand, unit, value] =
    soc === undefined ? ['energy', 'Wh', String(deliveredWh(order, session))] : ['soc', 'percent', plain(soc)];
  return [
    entry('time-elapsed', 'Time Elapsed', elapsedSeconds(session)),
    entry('context', 'context', session.end ? 'Transaction.End' : 'Sample.Periodic'),
    entry('format', 'format', 'Raw'),
    entry('phase', 'phase', ''),
    entry('measurand', 'measurand', measurand),
    entry('unit', 'unit', unit),
    entry('value', 'value', value),
  ];
}

function deliveredWh(order: Order, session: Session): number {
  return order.bill?.deliveredWh ?? session.meter.energyWh;
}

function lastAt(session: Session): number {
  return session.end?.at ?? Math.max(session.meter.at, session.startedAt);
}

function elapsedSeconds(session: Session): string {
  return (Math.max(0, lastAt(session) - session.startedAt) / 1000).toFixed(2);
}
