/** `sale`: takes places out of sale, lists these sale stops and ends them. */
import { asList, type Json } from '../frame/bridge-client.js';
import { cellText, placeText, readAge, readCount, timeText } from '../frame/amounts.js';
import { textOf, type Call, type Command, type Context, type Result } from '../frame/command.js';
import { usageFailure } from '../frame/failure.js';
import { filterOptions, filterQuery, PLACE_FILTERS, sinceOption, sinceQuery } from '../frame/list-filters.js';
import { formatTable, type Style } from '../frame/style.js';

const PLACE_HINT = 'Give one of --everything, --provider, --station or --charge-point.';

const STOP: Command = {
  name: 'sale stop',
  summary: 'Take a connector, charge point, station, provider or everything out of sale',
  details:
    'At once, or from a time on; until a time, or until it is ended. Running sessions and confirmed orders go on.',
  options: [
    { flags: '--reason <text>', description: 'one sentence, which buyers read', isRequired: true },
    { flags: '--everything', description: 'the whole network' },
    { flags: '--provider <id>', description: 'a provider' },
    { flags: '--station <id>', description: 'a station' },
    { flags: '--charge-point <id>', description: 'a charge point' },
    { flags: '--connector <number>', description: 'only this connector of the charge point' },
    { flags: '--from <time>', description: 'such as 2026-11-25T22:00:00+05:30; default: at once' },
    { flags: '--until <time>', description: 'such as 2026-11-26T06:00:00+05:30; default: until it is ended' },
    {
      flags: '--for <period>',
      description: 'in place of --until, from now on: 90s, 10m, 2h or 7d',
      excludes: ['from', 'until'],
    },
  ],
  examples: [
    {
      line: 'sale stop --charge-point CP-03 --connector 1 --reason "The plug is being repaired."',
      meaning: 'Take a connector out of sale until that is ended.',
    },
    {
      line: 'sale stop --station mango-power-hub --for 8h --reason "The road is closed tonight."',
      meaning: 'Take a station out of sale for eight hours.',
    },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const body = { ...placeOf(context), ...timesOf(context), reason: textOf(context.options['reason']) };
    const stop = await context.bridge().post('/api/sale-stops', body);
    const planned = stop['state'] === 'planned' ? ` from ${timeText(stop['from'])}` : '';
    const until = stop['until'] === undefined ? '' : ` until ${timeText(stop['until'])}`;
    return {
      json: stop,
      text: (style) =>
        [
          style.colour('green', `Out of sale${planned}${until}: ${whatText(stop)}.`),
          `Put it back with: sale end ${cellText(stop['id'])}`,
        ].join('\n'),
    };
  },
};

/**
 * @errors CommandFailure unless exactly one place is named; also if a connector is named without its charge point, or
 *   is not a whole number of at least 1.
 */
function placeOf({ options }: Pick<Call, 'options'>): object {
  const chargePointId = textOf(options['chargePoint']);
  const connector = textOf(options['connector']);
  const places = {
    everything: options['everything'] === true ? true : undefined,
    providerId: textOf(options['provider']),
    stationId: textOf(options['station']),
    chargePointId,
  };
  const named = Object.values(places).filter((one) => one !== undefined);
  if (named.length !== 1) throw usageFailure(named.length === 0 ? 'What?' : 'Name one place only.', PLACE_HINT);
  if (connector === undefined) return places;
  if (chargePointId === undefined) throw usageFailure('--connector needs --charge-point.');
  return { ...places, connectorId: readCount('--connector', connector) };
}

function timesOf({ options, clock }: Pick<Context, 'options' | 'clock'>): object {
  const [from, until, period] = [textOf(options['from']), textOf(options['until']), textOf(options['for'])];
  return period === undefined ? { from, until } : { until: clock.now() + readAge('--for', period) };
}

/** Names what a sale stop covers, such as `charge-point CP-01` or `connector CP-01/1`. */
function whatText(stop: Json): string {
  const kind = cellText(stop['kind']);
  if (kind === 'everything') return kind;
  if (kind === 'connector') return `${kind} ${placeText(stop)}`;
  return `${kind} ${cellText(stop['providerId'] ?? stop['stationId'] ?? stop['chargePointId'])}`;
}

const LIST: Command = {
  name: 'sale list',
  summary: 'List what is, will be and was out of sale, newest first',
  options: [
    {
      flags: '--state <state>',
      description: 'only those in this state',
      choices: ['planned', 'in-force', 'ended'],
    },
    ...filterOptions(PLACE_FILTERS),
    sinceOption('in force'),
  ],
  examples: [
    { line: 'sale list', meaning: 'List all of them.' },
    { line: 'sale list --state in-force --json', meaning: 'List what is out of sale now, for a program.' },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const { bridge, options } = context;
    const found = await bridge().get('/api/sale-stops', {
      state: textOf(options['state']),
      ...filterQuery(context, PLACE_FILTERS),
      ...sinceQuery(context),
    });
    const saleStops = asList(found['saleStops']);
    return { json: { saleStops }, text: (style) => saleStopTable(style, saleStops) };
  },
};

function saleStopTable(style: Style, saleStops: readonly Json[]): string {
  if (saleStops.length === 0) return 'No such sale stops.';
  const rows = saleStops.map((stop) => [
    cellText(stop['id']),
    cellText(stop['state']),
    whatText(stop),
    timeText(stop['endedAt'] ?? stop['until']),
    timeText(stop['from']),
    cellText(stop['reason']),
  ]);
  return formatTable(style, ['Id', 'State', 'What', 'Until', 'From', 'Reason'], rows, { prose: ['Reason'] });
}

const END: Command = {
  name: 'sale end',
  summary: 'Put on sale again what a sale stop took out of it',
  details: 'What another sale stop concerns stays out of sale.',
  arguments: [{ name: 'id', description: 'the id of the sale stop, as sale list has it' }],
  examples: [{ line: 'sale end SALE_STOP_ID', meaning: 'Sell there again at once.' }],
  needsBridge: true,
  async run({ bridge, arguments: { id } }: Context): Promise<Result> {
    const client = bridge();
    const stop = await client.post(`/api/sale-stops/${encodeURIComponent(String(id))}/end`);
    // The stop has ended even if the list cannot be read, for example because the token may only operate.
    const found: Json = await client.get('/api/sale-stops', { state: 'in-force' }).catch(() => ({}));
    const others = asList(found['saleStops']).length;
    return {
      json: stop,
      text: (style) =>
        [
          style.colour('green', `This sale stop has ended: ${whatText(stop)}.`),
          ...(others === 0 ? [] : [`Others are in force (${others}). See: sale list --state in-force`]),
        ].join('\n'),
    };
  },
};

export const SALE_COMMANDS: readonly Command[] = [STOP, LIST, END];
