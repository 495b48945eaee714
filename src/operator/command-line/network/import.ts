/** `import`: changes what is sold, from files or from an OCPI peer, or prints a template of a file. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { asList, asObject, type Json } from '../frame/bridge-client.js';
import { cellText } from '../frame/amounts.js';
import { listOf, textOf, type Command, type Context, type Result } from '../frame/command.js';
import { usageFailure } from '../frame/failure.js';
import { AUTHOR_OPTIONS, authorOf } from './author.js';
import { countsText, differenceText } from './changes.js';
import { FILE_KINDS } from './export.js';

/**
 * How long a large import may take, ms. A peer may send many pages, and nothing else limits the time for all of them.
 */
const IMPORT_MS = 3_600_000;

export const IMPORT: Command = {
  name: 'import',
  summary: 'Add and change what is sold, from CSV, JSON, YAML or OCPI',
  details:
    'All or nothing: with one fault, nothing is changed. It takes effect at once; orders under way keep their promises. ' +
    'See network undo.',
  arguments: [{ name: 'file', description: 'files of any kind', isOptional: true, isList: true, completes: 'files' }],
  options: [
    { flags: '--dry-run', description: 'show the difference and every fault, and change nothing' },
    { flags: '--replace', description: 'remove what the files do not mention' },
    {
      flags: '--template <kind>',
      description: 'print an explained file to fill in',
      choices: FILE_KINDS,
      excludes: ['dryRun', 'replace', 'ocpiUrl', 'ocpiToken', 'chargePointIds'],
    },
    { flags: '--ocpi-url <url>', description: 'pull Locations and Tariffs from this OCPI versions endpoint' },
    { flags: '--ocpi-token <token>', description: 'its token; OCPI_TOKEN keeps it out of the history' },
    {
      flags: '--charge-point-ids <field>',
      description: 'the OCPI field with the OCPP identity: evse-uid [default] or ocpi',
      choices: ['evse-uid', 'ocpi'],
    },
    ...AUTHOR_OPTIONS,
  ],
  examples: [
    { line: 'import --template wide > network.csv', meaning: 'Write a file to fill in: what is sold, or an example.' },
    { line: 'import network.csv --dry-run', meaning: 'Show what would change, and every fault with its place.' },
    { line: 'import network.csv --reason "autumn prices"', meaning: 'Change what is sold.' },
  ],
  needsBridge: true,
  run: (context) => (context.options['template'] === undefined ? importNetwork(context) : template(context)),
};

async function template({ bridge, arguments: words, options }: Context): Promise<Result> {
  if (listOf(words['file']).length > 0) throw usageFailure('Name files, or --template; not both.');
  const kind = String(options['template']);
  const csv = await bridge().getText(`/api/network/template/${kind}.csv`);
  return { json: { kind, csv }, text: () => csv };
}

async function importNetwork(context: Context): Promise<Result> {
  const { bridge, options, progress } = context;
  const query = {
    dryRun: options['dryRun'] === true ? 'true' : undefined,
    replace: options['replace'] === true ? 'true' : undefined,
    chargePointIds: textOf(options['chargePointIds']),
  };
  const body = { ...sourceOf(context), ...authorOf(context) };
  progress('checking and importing');
  return importResult(await bridge().post('/api/network/import', body, query, IMPORT_MS));
}

/** @errors CommandFailure unless either files or an OCPI peer is named; also if a file cannot be read. */
function sourceOf({ arguments: words, options, env }: Context): object {
  const files = listOf(words['file']);
  const url = textOf(options['ocpiUrl']);
  if (url !== undefined && files.length > 0) throw usageFailure('Name files, or --ocpi-url; not both.');
  if (url !== undefined) {
    const token = textOf(options['ocpiToken']) ?? env['OCPI_TOKEN'];
    return { ocpi: { url, ...(token !== undefined && { token }) } };
  }
  if (files.length === 0)
    throw usageFailure('Which files?', 'Make one to fill in with: import --template wide > network.csv');
  return { files: files.map((file) => ({ name: basename(file), base64: readFile(file) })) };
}

function readFile(file: string): string {
  try {
    return readFileSync(file).toString('base64');
  } catch (error) {
    throw usageFailure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function importResult(answer: Json): Result {
  const isDryRun = answer['dryRun'] === true;
  const difference = asList(answer['difference']);
  const remarks = asList(answer['files']).flatMap((one) => {
    const { file, ignored, warnings } = asObject(one);
    const unread = asList(ignored).map((heading) => `Not read in ${cellText(file)}: ${cellText(heading)}.`);
    return [...unread, ...asList(warnings).map((warning) => `Warning: ${cellText(warning)}.`)];
  });
  const version = cellText(asObject(answer['version'])['number']);
  const done = version === '' ? 'Nothing had to be changed.' : `This is version ${version}.`;
  const end = isDryRun ? 'Nothing was changed: this was a dry run.' : done;
  return {
    json: answer,
    text: (style) =>
      [
        ...(difference.length > 0 ? [differenceText(style, difference)] : []),
        ...remarks,
        `${countsText(answer['counts'])}. ${end}`,
      ].join('\n'),
  };
}
