/** `network`: lists, compares and restores versions of what is sold. */
import { asList, asObject, type Json } from '../frame/bridge-client.js';
import { cellText, readCount, timeText } from '../frame/amounts.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { CommandFailure } from '../frame/failure.js';
import { sinceOption, sinceQuery } from '../frame/list-filters.js';
import { formatTable, type Style } from '../frame/style.js';
import { AUTHOR_OPTIONS, authorOf } from './author.js';
import { countsText, differenceText, shortCounts } from './changes.js';

const HISTORY: Command = {
  name: 'network history',
  summary: 'List the versions of what is sold, newest first',
  options: [{ flags: '--by <name>', description: 'only those that this person made' }, sinceOption('made')],
  examples: [
    { line: 'network history', meaning: 'List who changed what is sold, when and why.' },
    { line: 'network history --json', meaning: 'The same, for a program.' },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const { bridge, options } = context;
    const query = { by: textOf(options['by']), ...sinceQuery(context) };
    const answer = await bridge().get('/api/network/versions', query);
    const versions = versionsIn(answer);
    return { json: { versions }, text: (style) => versionTable(style, versions) };
  },
};

function versionsIn(answer: Json): readonly Json[] {
  return asList(answer['versions'] ?? answer['items']);
}

function versionTable(style: Style, versions: readonly Json[]): string {
  if (versions.length === 0) return 'No such versions.';
  const rows = versions.map((version) => [
    cellText(version['number']),
    timeText(version['at']),
    cellText(version['by']),
    cellText(version['reason']),
    shortCounts(version['counts']),
    cellText(version['source']),
  ]);
  return formatTable(style, ['Version', 'When', 'By', 'Why', 'What', 'From'], rows, {
    prose: ['By', 'Why', 'From'],
  });
}

const DIFF: Command = {
  name: 'network diff',
  summary: 'Show what a version changed, row by row',
  arguments: [{ name: 'version', description: 'its number; default: the newest', isOptional: true }],
  examples: [
    { line: 'network diff', meaning: 'Show the last change.' },
    { line: 'network diff 1 --json', meaning: 'Show what the first version brought, for a program.' },
  ],
  needsBridge: true,
  async run({ bridge: connect, arguments: words }: Context): Promise<Result> {
    const bridge = connect();
    const given = textOf(words['version']);
    const newest = given ?? cellText(versionsIn(await bridge.get('/api/network/versions'))[0]?.['number']);
    if (newest === '')
      throw new CommandFailure('missing', { error: 'not-found', message: 'Nothing was imported yet.' });
    const { document: _, ...version } = await bridge.get(`/api/network/versions/${encodeURIComponent(newest)}`);
    const difference = asList(version['difference']);
    return {
      json: version,
      text: (style) =>
        [
          style.colour('bold', `Version ${newest}: ${countsText(version['counts'])}`),
          ...(difference.length > 0 ? [differenceText(style, difference)] : []),
        ].join('\n'),
    };
  },
};

const UNDO: Command = {
  name: 'network undo',
  summary: 'Go back to the version before, or to a given one',
  details: 'The result is a new version, so an undo can be undone.',
  options: [{ flags: '--to <version>', description: 'the version to go back to' }, ...AUTHOR_OPTIONS],
  examples: [{ line: 'network undo --reason "wrong prices" --yes', meaning: 'Take back the last change.' }],
  needsBridge: true,
  warning: ({ options }) =>
    options['to'] === undefined
      ? 'The last change of what is sold is taken back, at once.'
      : `What is sold becomes that of version ${String(options['to'])}, at once.`,
  async run(context: Context): Promise<Result> {
    const to = textOf(context.options['to']);
    const body = { ...authorOf(context), ...(to !== undefined && { to: readCount('--to', to) }) };
    return changeResult(await context.bridge().post('/api/network/undo', body));
  },
};

/** Turns the API's answer to a change into the result of the command. */
export function changeResult(answer: Json): Result {
  const version = cellText(asObject(answer['version'])['number']);
  const difference = asList(answer['difference']);
  return {
    json: answer,
    text: (style) =>
      [
        ...(difference.length > 0 ? [differenceText(style, difference)] : []),
        version === '' ? 'Nothing had to be changed.' : `This is version ${version}. Take it back with: network undo`,
      ].join('\n'),
  };
}

export const NETWORK_COMMANDS: readonly Command[] = [HISTORY, DIFF, UNDO];
