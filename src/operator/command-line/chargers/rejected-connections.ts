/** `rejected-connections`: shows which chargers were turned away and why, and lets them in. */
import { asList, type Json } from '../frame/bridge-client.js';
import { cellText, timeText } from '../frame/amounts.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { formatFields, formatTable, type Style } from '../frame/style.js';

const LIST: Command = {
  name: 'rejected-connections list',
  summary: 'List the identities whose connection was rejected, newest first',
  examples: [
    { line: 'rejected-connections list', meaning: 'List who tries, how often, and why it fails.' },
    { line: 'rejected-connections list --json', meaning: 'The same, for a program.' },
  ],
  needsBridge: true,
  async run({ bridge }: Context): Promise<Result> {
    const rejectedConnections = asList((await bridge().get('/api/rejected-connections'))['rejectedConnections']);
    return { json: { rejectedConnections }, text: (style) => rejectionTable(style, rejectedConnections) };
  },
};

function rejectionTable(style: Style, rejected: readonly Json[]): string {
  if (rejected.length === 0) return 'No charger was turned away.';
  const rows = rejected.map((one) => [
    cellText(one['id']),
    cellText(one['count']),
    timeText(one['lastAt']),
    cellText(one['network']),
    cellText(one['reason']),
  ]);
  return formatTable(style, ['Identity', 'Tries', 'Last', 'From', 'Why'], rows);
}

const APPROVE: Command = {
  name: 'rejected-connections approve',
  summary: 'Let a rejected charger connect from now on',
  details: 'It gets a password, which is shown once: set it at the charger.',
  arguments: [{ name: 'identity', description: 'the identity, as the list has it' }],
  options: [{ flags: '--profile <number>', description: 'its security profile', choices: ['0', '1', '2', '3'] }],
  examples: [{ line: 'rejected-connections approve CP-NEW', meaning: 'Let it in and show its password.' }],
  needsBridge: true,
  async run({ bridge, arguments: { identity }, options }: Context): Promise<Result> {
    const profile = textOf(options['profile']);
    const body = profile === undefined ? {} : { profile: Number(profile) };
    const path = `/api/rejected-connections/${encodeURIComponent(String(identity))}/approve`;
    const approval = await bridge().post(path, body);
    const password = approval['password'];
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

export const REJECTED_CONNECTION_COMMANDS: readonly Command[] = [LIST, APPROVE];
