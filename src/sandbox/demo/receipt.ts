/** What was delivered, what it cost, and whether all of it holds: from the wires alone. */
import { at, decimal, hundredths, list, tagValues, type OfferedConnector } from '../buyer-app/catalogue-reading.js';
import { textOf, type Json } from '../buyer-app/buyer-options.js';
import type { Screen } from '../runtime/terminal.js';

/** The evidence of one ended journey. Money in minor units, energy in Wh. */
export interface Evidence {
  readonly place: OfferedConnector;
  readonly orderId: string;
  /** The order of the last callback. */
  readonly order: Json;
  /** What was paid at confirm. */
  readonly paid: number;
  /** The charging cost that was ordered at most. */
  readonly authorisedCost: number;
  readonly meterStartWh: number;
  readonly meterStopWh: number;
  readonly askedTag: string;
  readonly startedTag: string;
  /** Callbacks that told the order as ended, repeats apart. */
  readonly endings: number;
  /** Energy in the order of the callbacks that told it, hundredths of a kWh. */
  readonly told: readonly number[];
  readonly unverified: readonly string[];
}

export interface Check {
  readonly holds: boolean;
  readonly text: string;
}

interface Row {
  readonly title: string;
  readonly amount: number;
}

function rowsOf(order: Json): Row[] {
  return list(at(order, 'quote', 'breakup')).map((row) => ({
    title: textOf(at(row, 'title')),
    amount: hundredths(textOf(at(row, 'price', 'value'))) ?? 0,
  }));
}

const totalOf = (order: Json): number => hundredths(textOf(at(order, 'quote', 'price', 'value'))) ?? 0;
const refundOf = (order: Json): number =>
  hundredths(textOf(at(order, 'refund_terms', 0, 'refund_amount', 'estimated_value'))) ?? 0;

/** Half up, as the bill does: Wh times minor units per kWh. */
const costOf = (energyWh: number, pricePerKwh: number): number => Math.floor((energyWh * pricePerKwh + 500) / 1_000);

export function judge(evidence: Evidence): Check[] {
  const { order, paid, authorisedCost, meterStartWh, meterStopWh } = evidence;
  const rows = rowsOf(order).filter((row) => row.title !== 'Total');
  const sum = rows.reduce((all, row) => all + row.amount, 0);
  const pricePerKwh = hundredths(evidence.place.price) ?? 0;
  const metered = costOf(meterStopWh - meterStartWh, pricePerKwh);
  const billed = rows[0]?.amount ?? -1;
  const rising = evidence.told.every((value, index) => index === 0 || value >= (evidence.told[index - 1] ?? 0));
  return [
    { holds: order.status === 'COMPLETE', text: 'the order is COMPLETE' },
    { holds: evidence.endings === 1, text: `exactly one terminal on_status (${evidence.endings})` },
    { holds: evidence.unverified.length === 0, text: 'every callback carried a signature that the registry confirms' },
    {
      holds: evidence.askedTag !== '' && evidence.askedTag === evidence.startedTag,
      text: 'the charger started for the tag of this order',
    },
    {
      // Whole Wh are billed: a session that ran over ends up to two of them below what was ordered.
      holds:
        metered <= authorisedCost
          ? billed === metered
          : billed <= authorisedCost && billed + costOf(2, pricePerKwh) >= authorisedCost,
      text: 'the charging cost is the meter times the price, and not above what was ordered',
    },
    { holds: sum === totalOf(order), text: 'the lines of the bill sum to its total' },
    { holds: totalOf(order) <= paid, text: 'the bill is not above what was paid' },
    { holds: refundOf(order) === paid - totalOf(order), text: 'the refund is what was paid and not used' },
    {
      holds: rising && evidence.told.length >= 3,
      text: `the session was told while it ran (${evidence.told.length} on_status, energy never falling)`,
    },
  ];
}

/** A tax's arithmetic in words, where it is a whole percentage of all the other lines. */
function taxOf(order: Json, title: string): string {
  const lines = rowsOf(order).filter((row) => row.title !== 'Total');
  const amount = lines.find((row) => row.title === title)?.amount ?? 0;
  const base = lines.reduce((sum, row) => sum + row.amount, -amount);
  const percent = Math.round((amount * 100) / base);
  const fits = /gst|tax|vat/i.test(title) && base > 0 && Math.floor((base * percent + 50) / 100) === amount;
  return fits ? `  ${percent} % of ${decimal(base)}` : '';
}

export function printReceipt(screen: Screen, evidence: Evidence): void {
  const { order, place, meterStartWh, meterStopWh, paid } = evidence;
  const energyWh = meterStopWh - meterStartWh;
  const kwh = (energyWh / 1_000).toFixed(3);
  const wide = 62;
  const row = (left: string, right: string): void => screen.line(`  ${left.padEnd(wide - right.length)}${right}`);
  const rupees = (amount: number): string => `₹ ${decimal(amount)}`;
  const rule = (): void => screen.line(`  ${screen.paint('dim', '─'.repeat(wide))}`);

  screen.line();
  screen.line(screen.paint('bold', `Receipt for order ${evidence.orderId}`));
  screen.line(
    `  ${place.providerName}, ${place.stationName}, ${place.chargePointName}, ${place.standard} ${place.power}`,
  );
  rule();
  row('Meter at the end', `${meterStopWh} Wh`);
  row('Meter at the start', `− ${meterStartWh} Wh`);
  row('Delivered', `= ${kwh} kWh`);
  rule();
  const metered = costOf(energyWh, hundredths(place.price) ?? 0);
  for (const { title, amount } of rowsOf(order)) {
    if (title === 'Total') rule();
    const how = title === 'Charging Cost' && amount === metered ? `  ${kwh} kWh × ${place.price}` : taxOf(order, title);
    row(`${title}${how}`, rupees(amount));
    if (title === 'Charging Cost' && amount < metered) {
      row(`  delivered for ${rupees(metered)}; never billed above what was ordered`, '');
    }
  }
  row('Paid', rupees(paid));
  row(`Refund  ${decimal(paid)} − ${decimal(totalOf(order))}`, rupees(refundOf(order)));
  const details = tagValues(order, 'charging-session-details');
  const reason = tagValues(order, 'order-outcome').get('reason');
  rule();
  screen.line(
    `  ${Math.round(Number(details.get('time_elapsed') ?? 0) / 60)} min, SoC ${details.get('initial_soc') ?? '?'} to ${details.get('current_soc') ?? '?'}. ${reason ?? ''}`,
  );
}

export function printChecks(screen: Screen, checks: readonly Check[]): void {
  screen.line();
  for (const { holds, text } of checks) {
    screen.line(`  ${holds ? screen.paint('green', '✓') : screen.paint('red', '✗')} ${text}`);
  }
}
