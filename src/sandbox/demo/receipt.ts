/** What was delivered, what it cost, and whether all of it holds: from the wires alone. */
import { formatHundredths, parseHundredths, tagValues, type OfferedConnector } from '../buyer-app/catalogue-reading.js';
import { asList, valueAt, textOf, type Json } from '../runtime/json.js';
import type { Terminal } from '../runtime/terminal.js';

/** The evidence of one ended journey. Money in minor units, energy in Wh. */
export interface Evidence {
  readonly connector: OfferedConnector;
  readonly orderId: string;
  /** The order of the last callback. */
  readonly order: Json;
  /** What was paid at confirm. */
  readonly paid: number;
  /** The charging cost that was ordered at most. */
  readonly authorisedCost: number;
  readonly meterStartWh: number;
  readonly meterStopWh: number;
  readonly requestedTag: string;
  readonly startedTag: string;
  /** Callbacks that told the order as ended, repeats apart. */
  readonly terminalCallbacks: number;
  /** Energy in the order of the callbacks that told it, hundredths of a kWh. */
  readonly reportedEnergies: readonly number[];
  readonly unverified: readonly string[];
}

export interface Check {
  readonly holds: boolean;
  readonly text: string;
}

interface BreakupLine {
  readonly title: string;
  readonly amount: number;
}

function breakupLines(order: Json): BreakupLine[] {
  return asList(valueAt(order, 'quote', 'breakup')).map((row) => ({
    title: textOf(valueAt(row, 'title')),
    amount: parseHundredths(textOf(valueAt(row, 'price', 'value'))) ?? 0,
  }));
}

const totalOf = (order: Json): number => parseHundredths(textOf(valueAt(order, 'quote', 'price', 'value'))) ?? 0;
const refundOf = (order: Json): number =>
  parseHundredths(textOf(valueAt(order, 'refund_terms', 0, 'refund_amount', 'estimated_value'))) ?? 0;

/** Half up, as the bill does: Wh times minor units per kWh. */
const costOf = (energyWh: number, pricePerKwh: number): number => Math.floor((energyWh * pricePerKwh + 500) / 1_000);

export function checkEvidence(evidence: Evidence): Check[] {
  const { order, paid, authorisedCost, meterStartWh, meterStopWh } = evidence;
  const rows = breakupLines(order).filter((row) => row.title !== 'Total');
  const sum = rows.reduce((all, row) => all + row.amount, 0);
  const pricePerKwh = parseHundredths(evidence.connector.price) ?? 0;
  const metered = costOf(meterStopWh - meterStartWh, pricePerKwh);
  const billed = rows[0]?.amount ?? -1;
  const rising = evidence.reportedEnergies.every(
    (value, index) => index === 0 || value >= (evidence.reportedEnergies[index - 1] ?? 0),
  );
  return [
    { holds: order.status === 'COMPLETE', text: 'the order is COMPLETE' },
    { holds: evidence.terminalCallbacks === 1, text: `exactly one terminal on_status (${evidence.terminalCallbacks})` },
    { holds: evidence.unverified.length === 0, text: 'every callback carried a signature that the registry confirms' },
    {
      holds: evidence.requestedTag !== '' && evidence.requestedTag === evidence.startedTag,
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
      holds: rising && evidence.reportedEnergies.length >= 3,
      text: `the session was told while it ran (${evidence.reportedEnergies.length} on_status, energy never falling)`,
    },
  ];
}

/** A tax's arithmetic in words, where it is a whole percentage of all the other lines. */
function describeTax(order: Json, title: string): string {
  const lines = breakupLines(order).filter((row) => row.title !== 'Total');
  const amount = lines.find((row) => row.title === title)?.amount ?? 0;
  const base = lines.reduce((sum, row) => sum + row.amount, -amount);
  const percent = Math.round((amount * 100) / base);
  const fits = /gst|tax|vat/i.test(title) && base > 0 && Math.floor((base * percent + 50) / 100) === amount;
  return fits ? `  ${percent} % of ${formatHundredths(base)}` : '';
}

export function printReceipt(screen: Terminal, evidence: Evidence): void {
  const { order, connector: place, meterStartWh, meterStopWh, paid } = evidence;
  const energyWh = meterStopWh - meterStartWh;
  const kwh = (energyWh / 1_000).toFixed(3);
  const wide = 62;
  const row = (left: string, right: string): void => screen.writeLine(`  ${left.padEnd(wide - right.length)}${right}`);
  const rupees = (amount: number): string => `₹ ${formatHundredths(amount)}`;
  const rule = (): void => screen.writeLine(`  ${screen.colour('dim', '─'.repeat(wide))}`);

  screen.writeLine();
  screen.writeLine(screen.colour('bold', `Receipt for order ${evidence.orderId}`));
  screen.writeLine(
    `  ${place.providerName}, ${place.stationName}, ${place.chargePointName}, ${place.standard} ${place.power}`,
  );
  rule();
  row('Meter at the end', `${meterStopWh} Wh`);
  row('Meter at the start', `− ${meterStartWh} Wh`);
  row('Delivered', `= ${kwh} kWh`);
  rule();
  const metered = costOf(energyWh, parseHundredths(place.price) ?? 0);
  for (const { title, amount } of breakupLines(order)) {
    if (title === 'Total') rule();
    const how =
      title === 'Charging Cost' && amount === metered ? `  ${kwh} kWh × ${place.price}` : describeTax(order, title);
    row(`${title}${how}`, rupees(amount));
    if (title === 'Charging Cost' && amount < metered) {
      row(`  delivered for ${rupees(metered)}; never billed above what was ordered`, '');
    }
  }
  row('Paid', rupees(paid));
  row(`Refund  ${formatHundredths(paid)} − ${formatHundredths(totalOf(order))}`, rupees(refundOf(order)));
  const details = tagValues(order, 'charging-session-details');
  const reason = tagValues(order, 'order-outcome').get('reason');
  rule();
  screen.writeLine(
    `  ${Math.round(Number(details.get('time_elapsed') ?? 0) / 60)} min, SoC ${details.get('initial_soc') ?? '?'} to ${details.get('current_soc') ?? '?'}. ${reason ?? ''}`,
  );
}

export function printChecks(screen: Terminal, checks: readonly Check[]): void {
  screen.writeLine();
  for (const { holds, text } of checks) {
    screen.writeLine(`  ${holds ? screen.colour('green', '✓') : screen.colour('red', '✗')} ${text}`);
  }
}
