/** `settlement`: what is owed for a day, as CSV for finance. */
import type { Command, Context, Result } from '../frame/command.js';
import { textOf } from '../frame/command.js';
import { parseCsv } from '../frame/csv.js';

export const SETTLEMENT: Command = {
  name: 'settlement',
  summary: 'Print the settlement of a day as CSV',
  arguments: [{ name: 'day', description: 'a day such as 2026-11-25, in the zone of payments.utcOffsetMin' }],
  options: [{ flags: '--buyer <id>', description: 'only this buyer app' }],
  examples: [
    { line: 'settlement 2026-11-25', meaning: 'Print one line per order, with a total per buyer app.' },
    { line: 'settlement 2026-11-25 --buyer bap.example.org --json', meaning: 'The same of one buyer app, as JSON.' },
  ],
  needsBridge: true,
  async run({ bridge, arguments: { day }, options }: Context): Promise<Result> {
    const path = `/api/settlements/${encodeURIComponent(String(day))}.csv`;
    const csv = await bridge().getText(path, { bapId: textOf(options['buyer']) });
    return { json: { day, lines: parseCsv(csv) }, text: () => csv };
  },
};
