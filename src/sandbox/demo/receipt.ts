/** Prints the receipt of a session, and checks it against the messages on the wires. */
import { formatMinor } from '../../domain/model/money.js';
import { readAmount, tagValues, type OfferedConnector } from '../buyer-app/catalogue-reading.js';
import { asList, textOf, valueAt, type Json } from '../runtime/json.js';
import { type Terminal, wrap } from '../runtime/terminal.js';
import type { DeliveryHistory } from './place-order.js';
import { priceText } from '../runtime/price-text.js';
import type { LastSession } from './session-messages.js';

/** The evidence about an order that has ended. */
export interface Evidence extends LastSession, DeliveryHistory {
  readonly connector: OfferedConnector;
  readonly orderId: string;
  /** The order in the callback that reported its end. */
  readonly order: Json;
  /** The amount paid on `confirm`, minor units. */
  readonly paid: number;
  /** The most that the order may cost for charging, before taxes and fees, minor units. */
  readonly authorisedCost: number;
  /** The callbacks whose signature or context could not be verified, with the reasons. */
  readonly unverified: readonly string[];
}

export interface Check {
  readonly holds: boolean;
  readonly text: string;
}

interface BreakupLine {
  readonly title: string;
  /** Minor units. */
  readonly amount: number;
}

const RECEIPT_WIDTH = 62;

const currencyOf = (order: Json): string => textOf(valueAt(order, 'quote', 'price', 'currency'));

/** Reads an amount in the currency of the order. @unit Minor units. */
const amountAt = (order: Json, value: unknown): number => readAmount(textOf(value), currencyOf(order));

/** @param amount Minor units of the currency of the order. */
const decimalOf = (order: Json, amount: number): string => formatMinor(amount, currencyOf(order));
const moneyOf = (order: Json, amount: number): string => priceText(currencyOf(order), decimalOf(order, amount));

function breakupLines(order: Json): BreakupLine[] {
  return asList(valueAt(order, 'quote', 'breakup')).map((line) => ({
    title: textOf(valueAt(line, 'title')),
    amount: amountAt(order, valueAt(line, 'price', 'value')),
  }));
}

const totalOf = (order: Json): number => amountAt(order, valueAt(order, 'quote', 'price', 'value'));
const refundOf = (order: Json): number =>
  amountAt(order, valueAt(order, 'refund_terms', 0, 'refund_amount', 'estimated_value'));

/** Returns the cost in minor units, rounded half up as on the bill. @param pricePerKwh Minor units. */
const costOf = (energyWh: number, pricePerKwh: number): number => Math.floor((energyWh * pricePerKwh + 500) / 1_000);

/** What a receipt can be checked against. */
export interface Checkable {
  /** Whether the price is known and per kWh, so that the charging cost can be recomputed. */
  readonly hasPrice: boolean;
  /** Whether the charge point's frames were seen. */
  readonly hasFrames: boolean;
  /** The minimum number of progress reports for a session of this length. */
  readonly minReports: number;
}

const DEMO: Checkable = { hasPrice: true, hasFrames: true, minReports: 3 };

export function checkEvidence(evidence: Evidence, { hasPrice, hasFrames, minReports }: Checkable = DEMO): Check[] {
  const { order, paid, terminalCallbacks, reportedEnergies, requestedTag, startedTag } = evidence;
  const sum = breakupLines(order)
    .filter(({ title }) => title !== 'Total')
    .reduce((total, { amount }) => total + amount, 0);
  const rising = reportedEnergies.every((energy, index) => energy >= (reportedEnergies[index - 1] ?? 0));
  return [
    { holds: order.status === 'COMPLETE', text: 'The order is COMPLETE' },
    { holds: terminalCallbacks === 1, text: `Exactly one on_status reported the end (count: ${terminalCallbacks})` },
    {
      holds: evidence.unverified.length === 0,
      text: "Every callback was signed with the provider's registered key",
    },
    ...(hasFrames ? [frameCheck(requestedTag, startedTag)] : []),
    ...(hasPrice
      ? [
          {
            holds: isCostMetered(evidence),
            text: 'The charging cost is the metered energy times the price, and not above the ordered amount',
          },
        ]
      : []),
    { holds: sum === totalOf(order), text: 'The lines of the bill add up to its total' },
    { holds: totalOf(order) <= paid, text: 'The bill is not above the payment' },
    { holds: refundOf(order) === paid - totalOf(order), text: 'The refund is the unused part of the payment' },
    {
      holds: rising && reportedEnergies.length >= minReports,
      text: `The energy in ${reportedEnergies.length} on_status messages never fell`,
    },
  ];
}

function frameCheck(requestedTag: string, startedTag: string): Check {
  return {
    holds: requestedTag !== '' && requestedTag === startedTag,
    text: 'The charge point started the session for the tag of this order',
  };
}

/** Checks an order that ended without a session. */
export function checkRefund({ order, paid, terminalCallbacks, unverified }: Evidence): Check[] {
  return [
    { holds: order.status === 'CANCELLED', text: 'The order is CANCELLED' },
    { holds: terminalCallbacks === 1, text: `Exactly one on_status reported the end (count: ${terminalCallbacks})` },
    { holds: unverified.length === 0, text: "Every callback was signed with the provider's registered key" },
    { holds: refundOf(order) === paid, text: `The refund is the whole payment, ${moneyOf(order, paid)}` },
  ];
}

/**
 * Checks that the billed charging cost agrees with the meter. A session that ran over its limit is billed up to the
 * limit. Because whole Wh are billed, the cost may then fall short of the limit by the price of up to 2 Wh.
 */
function isCostMetered({ order, connector, authorisedCost, meterStartWh, meterStopWh }: Evidence): boolean {
  const pricePerKwh = amountAt(order, connector.price);
  const metered = costOf(meterStopWh - meterStartWh, pricePerKwh);
  const billed = breakupLines(order)[0]?.amount ?? -1;
  if (metered <= authorisedCost) return billed === metered;
  return billed <= authorisedCost && billed + costOf(2, pricePerKwh) >= authorisedCost;
}

export function printReceipt(terminal: Terminal, evidence: Evidence): void {
  const { orderId, connector } = evidence;
  const { providerName, stationName, chargePointName, standard, power } = connector;
  const rule = (): void => terminal.writeLine(`  ${terminal.colour('dim', '─'.repeat(RECEIPT_WIDTH))}`);
  terminal.writeLine();
  terminal.writeLine(terminal.colour('bold', `Receipt for order ${orderId}`));
  terminal.writeLine(`  ${[providerName, stationName, chargePointName, `${standard} ${power}`].join(', ')}`);
  rule();
  if (!Number.isNaN(evidence.meterStopWh)) {
    printMeter(terminal, evidence);
    rule();
  }
  printBill(terminal, evidence, rule);
  rule();
  printOutcome(terminal, evidence.order);
}

/** Prints one text at the left and another at the right margin of the receipt. */
function printRow(terminal: Terminal, left: string, right: string): void {
  terminal.writeLine(`  ${left.padEnd(RECEIPT_WIDTH - right.length)}${right}`);
}

const kwhOf = ({ meterStartWh, meterStopWh }: Evidence): string => ((meterStopWh - meterStartWh) / 1_000).toFixed(3);

function printMeter(terminal: Terminal, evidence: Evidence): void {
  printRow(terminal, 'Meter at the end', `${evidence.meterStopWh} Wh`);
  printRow(terminal, 'Meter at the start', `− ${evidence.meterStartWh} Wh`);
  printRow(terminal, 'Delivered', `= ${kwhOf(evidence)} kWh`);
}

function printBill(terminal: Terminal, evidence: Evidence, rule: () => void): void {
  const { order, paid, connector, meterStartWh, meterStopWh } = evidence;
  const metered = costOf(meterStopWh - meterStartWh, amountAt(order, connector.price));
  for (const { title, amount } of breakupLines(order)) {
    const isChargingCost = title === 'Charging Cost';
    if (title === 'Total') rule();
    const arithmetic =
      isChargingCost && amount === metered
        ? `  ${kwhOf(evidence)} kWh × ${connector.price}`
        : describeTax(order, title);
    printRow(terminal, `${title}${arithmetic}`, moneyOf(order, amount));
    if (isChargingCost && amount < metered)
      terminal.writeLine(`    ${moneyOf(order, metered)} was delivered; the bill stops at the ordered amount`);
  }
  printRow(terminal, 'Paid', moneyOf(order, paid));
  const refund = `Refund  ${decimalOf(order, paid)} − ${decimalOf(order, totalOf(order))}`;
  printRow(terminal, refund, moneyOf(order, refundOf(order)));
}

/** Describes how a tax was calculated. @returns '' unless the line is a tax and a whole percentage of the others. */
function describeTax(order: Json, title: string): string {
  const lines = breakupLines(order).filter((line) => line.title !== 'Total');
  const amount = lines.find((line) => line.title === title)?.amount ?? 0;
  const base = lines.reduce((sum, line) => sum + line.amount, -amount);
  const percent = Math.round((amount * 100) / base);
  const isExact = /gst|tax|vat/i.test(title) && base > 0 && Math.floor((base * percent + 50) / 100) === amount;
  return isExact ? `  ${percent} % of ${decimalOf(order, base)}` : '';
}

function printOutcome(terminal: Terminal, order: Json): void {
  const details = tagValues(order, 'charging-session-details');
  const minutes = Math.round(Number(details.get('time_elapsed') ?? 0) / 60);
  const soc = `SoC ${details.get('initial_soc') ?? '?'} to ${details.get('current_soc') ?? '?'}`;
  const reason = tagValues(order, 'order-outcome').get('reason') ?? '';
  terminal.writeLine(`  ${minutes} min, ${soc}. ${reason}`);
}

export function printChecks(terminal: Terminal, checks: readonly Check[]): void {
  terminal.writeLine();
  terminal.writeLine(terminal.colour('bold', 'Checks against the messages on the wires'));
  for (const { holds, text } of checks) {
    const [first = '', ...more] = wrap(text, terminal.width - 4);
    terminal.writeLine(`  ${holds ? terminal.colour('green', '✓') : terminal.colour('red', '✗')} ${first}`);
    for (const line of more) terminal.writeLine(`    ${line}`);
  }
  const failed = checks.filter(({ holds }) => !holds).length;
  terminal.writeLine();
  terminal.writeLine(
    failed === 0
      ? terminal.colour('green', `All ${checks.length} checks passed.`)
      : terminal.colour('red', `${failed} of ${checks.length} checks failed.`),
  );
}
