/** `export`: prints what is sold, as CSV. */
import { writeFileSync } from 'node:fs';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { usageFailure } from '../frame/failure.js';

export const FILE_KINDS = ['wide', 'stations', 'charge-points', 'connectors', 'tariffs'];

export const EXPORT: Command = {
  name: 'export',
  summary: 'Print what is sold as CSV, as import reads it',
  arguments: [
    { name: 'kind', description: `${FILE_KINDS.join(', ')}; default: wide`, isOptional: true, completes: FILE_KINDS },
  ],
  options: [{ flags: '-o, --output <file>', description: 'write it to a file' }],
  examples: [
    { line: 'export', meaning: 'Print one row for each connector, with all that belongs to it.' },
    { line: 'export tariffs --output tariffs.csv', meaning: 'Write the tariffs to a file.' },
  ],
  needsBridge: true,
  async run({ bridge, arguments: words, options }: Context): Promise<Result> {
    const kind = textOf(words['kind']) ?? 'wide';
    const csv = await bridge().getText(`/api/network/export/${encodeURIComponent(kind)}.csv`);
    const file = textOf(options['output']);
    if (file === undefined) return { json: { kind, csv }, text: () => csv };
    writeFile(file, csv);
    return { json: { kind, file }, text: () => `${file} is written.` };
  },
};

/** @errors CommandFailure if the file cannot be written. */
function writeFile(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw usageFailure(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
