/** The addresses of what still runs, and lines that can be pasted into another terminal. */
import { type Choice, selectedOrder } from '../buyer-app/request-messages.js';
import type { Demo } from './demo-environment.js';
import type { Terminal } from '../runtime/terminal.js';
import type { OcppVersionName } from '../charge-point/charge-point-options.js';

/** @param order A running order to ask about, change and stop. */
export function printNextSteps(
  screen: Terminal,
  version: OcppVersionName,
  addresses: Demo['addresses'],
  order: { readonly orderId: string; readonly choice: Choice } | undefined,
): void {
  const { beckn, ocpp, operator, operatorToken, registry, buyer } = addresses;
  const place = (name: string, what: string): void => screen.writeLine(`  ${name.padEnd(10)} ${what}`);
  screen.writeLine();
  screen.writeLine(screen.colour('bold', 'Still running, until Ctrl-C'));
  place('Beckn', `${beckn}   signed requests of buyer apps`);
  place('OCPP', `${ocpp}/<charge point>   OCPP ${version}`);
  place('Operator', `${operator}/api   with the token below`);
  place('Registry', `${registry}/subscribers`);
  place('Buyer app', `${buyer}/client/<action>   unsigned, answers with the callbacks`);

  const client = (action: string, body: unknown): string =>
    `curl -s ${buyer}/client/${action} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  const ask = (why: string, command: string): void => {
    screen.writeLine();
    screen.writeLine(screen.colour('dim', `  # ${why}`));
    screen.writeLine(`  ${command}`);
  };
  ask('what is on offer, connector states included', client('search', { message: { intent: {} } }));
  if (order) {
    const { orderId, choice } = order;
    const less: Choice = { ...choice, option: { code: 'amount', value: '500' } };
    const changed = { update_target: 'item,billing,fulfillment', order: { id: orderId, ...selectedOrder(less) } };
    const descriptor = { name: 'Stop Charging', code: 'stop-charging' };
    ask('how is the car that charges now?', client('status', { message: { order_id: orderId } }));
    ask('spend ₹500 only', client('update', { message: changed }));
    ask('stop it', client('cancel', { message: { order_id: orderId, descriptor } }));
  }
  const bearer = `-H 'authorization: Bearer ${operatorToken}'`;
  ask('the orders, as the operator sees them', `curl -s ${bearer} ${operator}/api/orders`);
  ask('the charge points', `curl -s ${bearer} ${operator}/api/charge-points`);
  screen.writeLine();
}
