/** `settlement`: prints the settlement of a day or a range of days, as CSV for finance or as JSON for a program. */
import { filterOptions, filterQuery, ORDER_FILTERS } from '../frame/list-filters.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';

const FILTERS = ORDER_FILTERS.filter((name) => name !== 'transaction');

export const SETTLEMENT: Command = {
  name: 'settlement',
  summary: 'Print the settlement of a day, or of up to 92 days, as CSV',
  details: "Days and times are in the operator's zone (payments.utcOffsetMin).",
  arguments: [
    { name: 'day', description: 'a day such as 2026-11-25' },
    { name: 'last-day', description: 'the last day of a range that begins with day', isOptional: true },
  ],
  options: [...filterOptions(FILTERS)],
  examples: [
    { line: 'settlement 2026-11-25', meaning: 'Print one line per order, with totals per buyer app.' },
    { line: 'settlement 2026-11-01 2026-11-30 > november.csv', meaning: 'Write the settlement of a month.' },
    { line: 'settlement 2026-11-25 --buyer bap.example.org --json', meaning: 'One buyer app, for a program.' },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const { bridge, arguments: words, options, progress } = context;
    const [day, lastDay] = [textOf(words['day']), textOf(words['last-day'])];
    const range = lastDay === undefined ? { day } : { firstDay: day, lastDay };
    const query = { ...range, ...filterQuery(context, FILTERS) };
    progress('adding up the postings');
    if (options['json'] === true) return { json: await bridge().get('/api/settlements', query), text: () => '' };
    const csv = await bridge().getText('/api/settlements.csv', query);
    return { json: null, text: () => csv };
  },
};
