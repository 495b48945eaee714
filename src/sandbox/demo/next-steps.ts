/** Prints the addresses of the running parts, and commands to paste into another terminal. */
import { selectedOrder, type Choice } from '../buyer-app/request-messages.js';
import type { OcppVersionName } from '../charge-point/charge-point-options.js';
import { priceText } from '../runtime/price-text.js';
import type { Terminal } from '../runtime/terminal.js';
import type { DemoAddresses } from './demo-environment.js';

/** The new limit of the order, in the currency's major unit. */
const LIMIT = '500';

/** @param order A running order, for the commands that query, change and stop it. */
export function printNextSteps(
  terminal: Terminal,
  ocpp: OcppVersionName,
  addresses: DemoAddresses,
  order: { readonly orderId: string; readonly choice: Choice; readonly currency: string } | undefined,
): void {
  printAddresses(terminal, ocpp, addresses);
  terminal.writeLine();
  terminal.writeLine(terminal.colour('bold', 'Commands to try in another terminal'));
  const print = (purpose: string, command: string): void => {
    terminal.writeLine();
    terminal.writeLine(terminal.colour('dim', `  # ${purpose}`));
    terminal.writeLine(`  ${command}`);
  };
  const post = (action: string, message: unknown): string =>
    `curl -s ${addresses.buyer}/client/${action} -H 'content-type: application/json' -d '${JSON.stringify({ message })}'`;
  print('See what is on offer, with the status of each connector', post('search', { intent: {} }));
  if (order) {
    const { orderId, choice, currency } = order;
    const limited: Choice = { ...choice, option: { code: 'amount', value: LIMIT } };
    const update = { update_target: 'item,billing,fulfillment', order: { id: orderId, ...selectedOrder(limited) } };
    const descriptor = { name: 'Stop Charging', code: 'stop-charging' };
    print('Ask how the running session is going', post('status', { order_id: orderId }));
    print(`Limit the order to ${priceText(currency, LIMIT)}`, post('update', update));
    print('Stop charging', post('cancel', { order_id: orderId, descriptor }));
  }
  const get = (path: string): string =>
    `curl -s -H 'authorization: Bearer ${addresses.operatorToken}' ${addresses.operator}/api/${path}`;
  print('List the orders as the operator sees them', get('orders'));
  print('List the charge points', get('charge-points'));
  terminal.writeLine();
}

function printAddresses(terminal: Terminal, ocpp: OcppVersionName, addresses: DemoAddresses): void {
  const rows = [
    ['Beckn', addresses.beckn, 'signed requests of buyer apps'],
    ['OCPP', `${addresses.ocpp}/<charge point>`, `OCPP ${ocpp}`],
    ['Operator', `${addresses.operator}/api`, 'needs the bearer token in the commands below'],
    ['Registry', `${addresses.registry}/subscribers`, 'the participants and their keys'],
    ['Buyer app', `${addresses.buyer}/client/<action>`, 'unsigned requests; the answer holds the callbacks'],
  ] as const;
  const width = Math.max(...rows.map(([, url]) => url.length));
  terminal.writeLine();
  terminal.writeLine(terminal.colour('bold', 'Everything keeps running until you press Ctrl-C'));
  for (const [name, url, purpose] of rows)
    terminal.writeLine(`  ${name.padEnd(10)} ${url.padEnd(width)}  ${terminal.colour('dim', purpose)}`);
}
