/** `charge-points add`, `move`, `withdraw`, `restore` and `remove`: change what is sold, one charge point at a time. */
import { listOf, textOf, type Command, type Context, type Result } from '../frame/command.js';
import { formatCsv } from '../frame/csv.js';
import { usageFailure } from '../frame/failure.js';
import { AUTHOR_OPTIONS, authorOf } from './author.js';
import { changeResult } from './history.js';

const CHARGE_POINT = {
  name: 'id',
  description: 'the OCPP identity of the charge point',
  completes: 'charge-points',
} as const;
const CONNECTOR = /^(\d+):([^:]+):(AC|DC):(\d+(?:\.\d+)?)$/;

const ADD: Command = {
  name: 'charge-points add',
  summary: 'Add a charge point to a station',
  arguments: [{ name: 'id', description: 'its OCPP identity' }],
  options: [
    { flags: '--station <id>', description: 'the station where it stands', isRequired: true },
    { flags: '--tariff <id>', description: 'the tariff of its connectors', isRequired: true },
    {
      flags: '--connector <connector>',
      description: 'number:standard:AC or DC:kW, such as 1:CCS2:DC:60; repeat it for more',
      isRequired: true,
      isRepeatable: true,
    },
    { flags: '--max-energy <kWh>', description: 'most energy that can be ordered', default: '100' },
    { flags: '--planned', description: 'it is not installed yet, and sells nothing' },
    ...AUTHOR_OPTIONS,
  ],
  examples: [
    {
      line: 'charge-points add CP-09 --station kiwi-charge-hub --tariff day --connector 1:CCS2:DC:60',
      meaning: 'Add a charge point with one connector of 60 kW.',
    },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const { options } = context;
    const id = String(context.arguments['id']);
    const status = options['planned'] === true ? 'planned' : '';
    const [station, tariff, energy] = ['station', 'tariff', 'maxEnergy'].map((name) => textOf(options[name]) ?? '');
    const points = formatCsv(['charge_point_id', 'station_id', 'status'], [[id, station ?? '', status]]);
    const columns = ['connector_id', 'standard', 'power_type', 'max_power_kw', 'tariff_id', 'max_energy_kwh'];
    const rows = listOf(options['connector']).map((text) => [id, ...readConnector(text), tariff ?? '', energy ?? '']);
    const connectors = formatCsv(['charge_point_id', ...columns], rows);
    const files = [
      { name: 'charge-points.csv', base64: Buffer.from(points).toString('base64') },
      { name: 'connectors.csv', base64: Buffer.from(connectors).toString('base64') },
    ];
    return changeResult(await context.bridge().post('/api/network/import', { files, ...authorOf(context) }));
  },
};

/** Splits `1:CCS2:DC:60` into connector number, standard, power type and kW. @errors CommandFailure */
function readConnector(text: string): readonly string[] {
  const [, ...parts] = CONNECTOR.exec(text) ?? [];
  if (parts.length === 4) return parts;
  throw usageFailure(`--connector: "${text}" is no connector.`, 'Write it as 1:CCS2:DC:60, with the power in kW.');
}

const MOVE: Command = {
  name: 'charge-points move',
  summary: 'Move a charge point to another station',
  arguments: [CHARGE_POINT, { name: 'station', description: 'the id of the station where it stands now' }],
  options: AUTHOR_OPTIONS,
  examples: [
    { line: 'charge-points move CP-09 mango-power-hub --reason "moved"', meaning: 'Sell it at another station.' },
  ],
  needsBridge: true,
  run: (context) => change(context, 'move', { stationId: textOf(context.arguments['station']) }),
};

const WITHDRAW: Command = {
  name: 'charge-points withdraw',
  summary: 'Take a charge point out of sale; running sessions go on',
  arguments: [CHARGE_POINT],
  options: AUTHOR_OPTIONS,
  examples: [{ line: 'charge-points withdraw CP-09 --reason "broken plug"', meaning: 'Stop selling it for now.' }],
  needsBridge: true,
  run: (context) => change(context, 'withdraw'),
};

const RESTORE: Command = {
  name: 'charge-points restore',
  summary: 'Sell a planned or withdrawn charge point',
  arguments: [CHARGE_POINT],
  options: AUTHOR_OPTIONS,
  examples: [{ line: 'charge-points restore CP-09', meaning: 'Sell it again.' }],
  needsBridge: true,
  run: (context) => change(context, 'restore'),
};

const REMOVE: Command = {
  name: 'charge-points remove',
  summary: 'Remove a charge point from what is sold, for good',
  arguments: [CHARGE_POINT],
  options: AUTHOR_OPTIONS,
  examples: [{ line: 'charge-points remove CP-09 --yes', meaning: 'Remove it; running sessions are finished first.' }],
  needsBridge: true,
  warning: ({ arguments: words }) =>
    `${String(words['id'])} is no longer known once its sessions have ended, and cannot connect then.`,
  run: (context) => change(context, 'remove'),
};

async function change(context: Context, verb: string, more: object = {}): Promise<Result> {
  const id = encodeURIComponent(String(context.arguments['id']));
  return changeResult(
    await context.bridge().post(`/api/charge-points/${id}/${verb}`, { ...more, ...authorOf(context) }),
  );
}

export const CHARGE_POINT_CHANGES: readonly Command[] = [ADD, MOVE, WITHDRAW, RESTORE, REMOVE];
