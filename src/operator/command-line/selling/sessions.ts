/** `sessions`: lists the running sessions with their live figures. */
import { ORDER_STATES } from '../../../domain/model/order.js';
import { asList, type Json } from '../frame/bridge-client.js';
import { cellText, energyText, moneyText, placeText, powerText } from '../frame/amounts.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { filterOptions, filterQuery, ORDER_FILTERS, sinceOption, sinceQuery } from '../frame/list-filters.js';
import { formatTable, type Style } from '../frame/style.js';

export const SESSIONS: Command = {
  name: 'sessions',
  summary: 'List the running sessions with their live figures',
  options: [
    { flags: '--state <state>', description: 'only those in this state', choices: ORDER_STATES },
    ...filterOptions(ORDER_FILTERS),
    sinceOption('created'),
  ],
  examples: [
    { line: 'sessions', meaning: 'List them all.' },
    { line: 'sessions --charge-point CP-01 --json', meaning: 'List those at one charge point, for a program.' },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const { bridge, options } = context;
    const found = await bridge().get('/api/sessions', {
      state: textOf(options['state']),
      ...filterQuery(context, ORDER_FILTERS),
      ...sinceQuery(context),
    });
    const sessions = asList(found['sessions']);
    return { json: { sessions }, text: (style) => sessionTable(style, sessions) };
  },
};

function sessionTable(style: Style, sessions: readonly Json[]): string {
  if (sessions.length === 0) return 'No such sessions are running.';
  const rows = sessions.map((session) => [
    cellText(session['orderId']),
    cellText(session['state']),
    placeText(session),
    powerText(session['powerW']),
    energyText(session['energyWh']),
    session['soc'] === undefined ? '' : `${cellText(session['soc'])} %`,
    moneyText(session['energyCostMoney']),
    elapsedText(session['elapsedS']),
  ]);
  return formatTable(style, ['Order', 'State', 'Connector', 'Power', 'Energy', 'SoC', 'Cost', 'Since'], rows);
}

/** @unit s in; `1:05:09` out. */
function elapsedText(seconds: unknown): string {
  if (typeof seconds !== 'number') return '';
  const two = (part: number): string => String(Math.floor(part)).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
}
