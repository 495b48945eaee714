/** `orders`: lists, shows and closes orders. */
import { ORDER_STATES } from '../../../domain/model/order.js';
import { asList, asObject, type Json } from '../frame/bridge-client.js';
import { cellText, energyText, moneyText, placeText, readCount, timeText } from '../frame/amounts.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { filterOptions, filterQuery, ORDER_FILTERS, sinceOption, sinceQuery } from '../frame/list-filters.js';
import { formatFields, formatTable, type Style } from '../frame/style.js';

const ORDER_ID = { name: 'order', description: 'the id of the order', completes: 'orders' } as const;

/** There is no filter by order id: `orders show` shows a single order. */
const FILTERS = ORDER_FILTERS.filter((name) => name !== 'order');

const LIST: Command = {
  name: 'orders list',
  summary: 'List orders, newest first',
  options: [
    { flags: '--state <state>', description: 'only those in this state', choices: ORDER_STATES },
    { flags: '--open', description: 'only those that can still change or owe something' },
    ...filterOptions(FILTERS),
    sinceOption('created'),
    { flags: '--limit <count>', description: 'at most so many', default: '50' },
  ],
  examples: [
    { line: 'orders list', meaning: 'List the newest fifty.' },
    { line: 'orders list --state charging --json', meaning: 'List those that charge now, for a program.' },
    { line: 'orders list --charge-point CP-01 --since 7d', meaning: 'List those of a week at one charge point.' },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const { bridge, options } = context;
    const query = {
      state: textOf(options['state']),
      open: options['open'] === true ? 'true' : undefined,
      ...filterQuery(context, FILTERS),
      ...sinceQuery(context),
    };
    const limit = readCount('--limit', textOf(options['limit']) ?? '50');
    const found = await bridge().list('/api/orders', 'orders', query, limit + 1);
    const orders = found.slice(0, limit);
    const isCut = found.length > limit;
    return {
      json: { orders },
      text: (style) => orderTable(style, orders),
      ...(isCut && { remarks: [`These are the newest ${limit}, and there are more: see --limit.`] }),
    };
  },
};

function orderTable(style: Style, orders: readonly Json[]): string {
  if (orders.length === 0) return 'No such orders.';
  const rows = orders.map((order) => [
    cellText(order['id']),
    cellText(order['state']),
    placeText(order),
    energyText(order['energyWh']),
    moneyText(order['billedMoney'] ?? order['costMoney']),
    timeText(order['createdAt']),
    cellText(order['bapId']),
  ]);
  return formatTable(style, ['Order', 'State', 'Connector', 'Energy', 'Cost', 'Created', 'Buyer app'], rows);
}

const SHOW: Command = {
  name: 'orders show',
  summary: 'Show one order with its session, its bill and what it owes',
  arguments: [ORDER_ID],
  examples: [
    { line: 'orders show ORDER_ID', meaning: 'Show the order.' },
    { line: 'orders show ORDER_ID --json', meaning: 'Show all that is known of it; names of people are masked.' },
  ],
  needsBridge: true,
  async run({ bridge, arguments: { order } }: Context): Promise<Result> {
    const found = await bridge().get(`/api/orders/${encodeURIComponent(String(order))}`);
    return { json: found, text: (style) => orderText(style, found) };
  },
};

function orderText(style: Style, order: Json): string {
  const connector = asObject(order['connector']);
  const customer = asObject(order['customer']);
  const session = asObject(order['session']);
  const meter = asObject(session['meter']);
  const outcome = asObject(order['outcome']);
  const effects = asList(order['effects']).map(({ kind }) => cellText(kind));
  const fields = formatFields([
    ['state', cellText(order['state'])],
    [
      'outcome',
      outcome['code'] === undefined ? undefined : `${cellText(outcome['code'])}: ${cellText(outcome['text'])}`,
    ],
    ['connector', placeText({ ...connector, trial: order['trial'] })],
    ['station', cellText(connector['stationId'])],
    ['buyer app', cellText(customer['bapId'])],
    ['Beckn transaction', cellText(order['becknTransactionId'])],
    ['OCPP transaction', optional(session['transactionId'])],
    ['energy', optional(energyText(meter['energyWh']))],
    ['authorised', optional(moneyText(order['authorisedMoney']))],
    ['billed', optional(moneyText(order['billedMoney']))],
    ['refund', optional(moneyText(order['refundMoney']))],
    ['created', timeText(order['createdAt'])],
    ['changed', timeText(order['updatedAt'])],
    ['owes', effects.length === 0 ? 'nothing' : effects.join(', ')],
  ]);
  return `${style.colour('bold', cellText(order['id']))}\n${fields}`;
}

function optional(value: unknown): string | undefined {
  const text = cellText(value);
  return text === '' ? undefined : text;
}

const CLOSE: Command = {
  name: 'orders close',
  summary: 'Close an order by its last credible reading, for good',
  details: 'Before its session an order is closed without a bill. Name and reason are kept, with a discrepancy.',
  arguments: [ORDER_ID],
  options: [
    { flags: '--by <name>', description: 'who closes it', isRequired: true },
    { flags: '--reason <text>', description: 'why', isRequired: true },
  ],
  examples: [
    {
      line: 'orders close ORDER_ID --by "A. Rao" --reason "The charger was removed." --yes',
      meaning: 'Close an order whose charger will not report its end.',
    },
  ],
  needsBridge: true,
  warning: ({ arguments: { order } }) =>
    `Order ${String(order)} ends now: it is billed to its last credible reading, and the buyer app is notified.`,
  async run({ bridge, arguments: { order }, options }: Context): Promise<Result> {
    const body = { by: textOf(options['by']), reason: textOf(options['reason']) };
    const closed = await bridge().post(`/api/orders/${encodeURIComponent(String(order))}/close`, body);
    return { json: closed, text: () => `Order ${String(order)} is closed.\nSee: orders show ${String(order)}` };
  },
};

export const ORDER_COMMANDS: readonly Command[] = [LIST, SHOW, CLOSE];
