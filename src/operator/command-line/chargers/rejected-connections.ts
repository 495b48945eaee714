/** `rejected-connections`: shows which chargers were turned away and why, and lets them in. */
import { REJECTION_CODES } from '../../../ports/charger-access.js';
import { asList, type Json } from '../frame/bridge-client.js';
import { cellText, timeText } from '../frame/amounts.js';
import { nameCommands } from '../frame/endpoint-commands.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { sinceOption, sinceQuery } from '../frame/list-filters.js';
import { formatFields, formatTable, wrap, type Style } from '../frame/style.js';

const LIST: Command = {
  name: 'rejected-connections list',
  summary: 'List the chargers whose connection was rejected, newest first, and what cures it',
  options: [
    { flags: '--id <identity>', description: 'only this identity' },
    { flags: '--from <network>', description: 'only those from this network, as the list has it' },
    { flags: '--code <code>', description: 'only those refused for this cause', choices: REJECTION_CODES },
    sinceOption('refused'),
  ],
  examples: [
    { line: 'rejected-connections list', meaning: 'List who tries, how often, why it fails and what to do.' },
    { line: 'rejected-connections list --json', meaning: 'The same, for a program.' },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const { bridge, options } = context;
    const query = {
      chargePointId: textOf(options['id']),
      network: textOf(options['from']),
      code: textOf(options['code']),
      ...sinceQuery(context),
    };
    const found = await bridge().get('/api/rejected-connections', query);
    const rejectedConnections = asList(found['rejectedConnections']);
    return { json: { rejectedConnections }, text: (style) => rejectionTable(style, rejectedConnections) };
  },
};

function rejectionTable(style: Style, rejected: readonly Json[]): string {
  if (rejected.length === 0) return 'No such chargers were turned away.';
  const rows = rejected.map((one) => [
    cellText(one['id']) || '(none)',
    cellText(one['count']),
    timeText(one['lastAt']),
    cellText(one['reason']),
    cellText(one['path']),
    cellText(one['network']),
  ]);
  const table = formatTable(style, ['Identity', 'Tries', 'Last', 'Why', 'Path', 'From'], rows, {
    prose: ['Why', 'Path'],
  });
  const cures = new Map(rejected.map((one) => [cellText(one['reason']), nameCommands(cellText(one['cure']))]));
  return [
    table,
    '',
    ...[...cures].map(([reason, cure]) => wrap(`${reason}: ${cure}`, (style.width ?? Infinity) - 2, '  ')),
  ].join('\n');
}

const APPROVE: Command = {
  name: 'rejected-connections approve',
  summary: 'Let a rejected charger connect from now on',
  details:
    'It is a new charge point, with a password that is shown once: set it at the charger. With --as it is another spelling of a known one, and connects with the password of that one. Where somebody can be asked, they are.',
  arguments: [{ name: 'identity', description: 'the identity, as the list has it' }],
  options: [
    { flags: '--profile <number>', description: 'the security profile of a new one', choices: ['0', '1', '2', '3'] },
    {
      flags: '--as <charge-point>',
      description: 'the known charge point of which it is another spelling',
      excludes: ['profile'],
    },
  ],
  examples: [{ line: 'rejected-connections approve CP-NEW', meaning: 'Let it in and show its password.' }],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const {
      bridge,
      arguments: { identity },
    } = context;
    const body = await readApproval(context);
    const path = `/api/rejected-connections/${encodeURIComponent(String(identity))}/approve`;
    const approval = await bridge().post(path, body);
    const { password, as } = approval;
    if (as !== undefined)
      return {
        json: approval,
        text: (style) =>
          style.colour('green', `${String(identity)} may connect as ${cellText(as)}, with the password of that one.`),
      };
    return {
      json: approval,
      text: (style) =>
        [
          style.colour('green', `${String(identity)} may connect.`),
          formatFields([
            ['security profile', cellText(approval['profile'])],
            ['password, shown once', password === undefined ? undefined : cellText(password)],
          ]),
        ].join('\n'),
    };
  },
};

/** Asks whether the charger is new or already known, unless an option says so. It is new if nobody can be asked. */
async function readApproval({ options, ask }: Context): Promise<Json> {
  const given = textOf(options['as']);
  if (given !== undefined) return { as: given };
  const profile = textOf(options['profile']);
  if (profile !== undefined) return { profile: Number(profile) };
  const question = 'The known charge point of which it is another spelling, or new:';
  const as = ask ? await ask(question, 'new') : 'new';
  return as === 'new' ? {} : { as };
}

export const REJECTED_CONNECTION_COMMANDS: readonly Command[] = [LIST, APPROVE];
