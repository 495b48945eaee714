/**
 * `spellings`: lists and removes the alternative spellings of identities that `rejected-connections approve --as` adds.
 */
import { cellText, timeText } from '../frame/amounts.js';
import { asList, type Json } from '../frame/bridge-client.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { formatTable, type Style } from '../frame/style.js';

const LIST: Command = {
  name: 'spellings list',
  summary: 'List the other spellings under which known charge points may connect',
  options: [{ flags: '--charge-point <id>', description: 'only those of this charge point' }],
  examples: [
    { line: 'spellings list', meaning: 'List them all.' },
    { line: 'spellings list --charge-point CP-01 --json', meaning: 'List those of one charge point, for a program.' },
  ],
  needsBridge: true,
  async run({ bridge, options }: Context): Promise<Result> {
    const query = { chargePointId: textOf(options['chargePoint']) };
    const spellings = asList((await bridge().get('/api/spellings', query))['spellings']);
    return { json: { spellings }, text: (style) => spellingTable(style, spellings) };
  },
};

function spellingTable(style: Style, spellings: readonly Json[]): string {
  if (spellings.length === 0) return 'No such spellings.';
  const rows = spellings.map(({ id, chargePointId, approvedAt }) => [
    cellText(id),
    cellText(chargePointId),
    timeText(approvedAt),
  ]);
  return formatTable(style, ['Spelling', 'Stands for', 'Approved'], rows);
}

const REMOVE: Command = {
  name: 'spellings remove',
  summary: 'Let nobody connect under a spelling any more',
  details: 'The charge point loses its connection, and may connect again under another name of it.',
  arguments: [{ name: 'spelling', description: 'the spelling, as the list has it' }],
  examples: [{ line: 'spellings remove cp-01', meaning: 'Take the spelling cp-01 back.' }],
  needsBridge: true,
  async run({ bridge, arguments: { spelling } }: Context): Promise<Result> {
    const removed = await bridge().delete(`/api/spellings/${encodeURIComponent(String(spelling))}`);
    const { id, chargePointId } = removed;
    return {
      json: removed,
      text: (style) => style.colour('green', `${cellText(id)} stands for ${cellText(chargePointId)} no longer.`),
    };
  },
};

export const SPELLING_COMMANDS: readonly Command[] = [LIST, REMOVE];
