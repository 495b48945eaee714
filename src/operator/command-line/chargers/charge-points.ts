/** `charge-points`: lists and shows charge points, and sends them OCPP commands. */
import { asList, asObject, type Json } from '../frame/bridge-client.js';
import { cellText, timeText } from '../frame/amounts.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { CommandFailure } from '../frame/failure.js';
import { filterOptions, filterQuery, PLACE_FILTERS, sinceOption, sinceQuery } from '../frame/list-filters.js';
import { formatFields, formatTable, type Style } from '../frame/style.js';

const CHARGE_POINT = {
  name: 'id',
  description: 'the OCPP identity of the charge point',
  completes: 'charge-points',
} as const;

const FILTERS = PLACE_FILTERS.filter((name) => name !== 'chargePoint');

const LIST: Command = {
  name: 'charge-points list',
  summary: 'List the charge points with their connection and connectors',
  options: [
    { flags: '--online', description: 'only those that are connected' },
    { flags: '--offline', description: 'only those that are not connected', excludes: ['online'] },
    { flags: '--quarantined', description: 'only those under quarantine' },
    { flags: '--status <status>', description: 'only those with a connector in this status, such as Faulted' },
    { flags: '--ocpp <version>', description: 'only those that speak it', choices: ['1.6', '2.0.1', '2.1'] },
    ...filterOptions(FILTERS),
    sinceOption('heard'),
  ],
  examples: [
    { line: 'charge-points list', meaning: 'List them all.' },
    { line: 'charge-points list --offline --json', meaning: 'List those that are away, for a program.' },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const { bridge, options } = context;
    const online = options['online'] === true ? 'true' : options['offline'] === true ? 'false' : undefined;
    const found = await bridge().get('/api/charge-points', {
      online,
      quarantined: options['quarantined'] === true ? 'true' : undefined,
      connectorStatus: textOf(options['status']),
      version: textOf(options['ocpp']),
      ...filterQuery(context, FILTERS),
      ...sinceQuery(context),
    });
    const chargePoints = asList(found['chargePoints']);
    return { json: { online: found['online'], chargePoints }, text: (style) => chargePointTable(style, chargePoints) };
  },
};

function chargePointTable(style: Style, chargePoints: readonly Json[]): string {
  if (chargePoints.length === 0) return 'No such charge points.';
  const rows = chargePoints.map((point) => [
    cellText(point['id']),
    stateText(point),
    cellText(point['version']),
    timeText(point['lastSeenAt']),
    connectorText(point),
  ]);
  return formatTable(style, ['Charge point', 'State', 'OCPP', 'Last seen', 'Connectors'], rows, {
    prose: ['Connectors'],
  });
}

function stateText(point: Json): string {
  if (point['quarantine'] !== undefined) return 'quarantine';
  if (point['bootStatus'] !== undefined) return cellText(point['bootStatus']).toLowerCase();
  if (point['online'] === true) return 'online';
  return point['lastSeenAt'] === undefined ? 'never seen' : 'offline';
}

/**
 * Lists the connectors with their status. Connector 0 is left out, because it is the charge point itself.
 * @shape `1 Available, 2 Charging`.
 */
function connectorText(point: Json): string {
  const connectors = Object.entries(asObject(point['connectors'])).filter(([number]) => number !== '0');
  return connectors.map(([number, connector]) => `${number} ${cellText(asObject(connector)['status'])}`).join(', ');
}

const SHOW: Command = {
  name: 'charge-points show',
  summary: 'Show one charge point with its boot details and open orders',
  arguments: [CHARGE_POINT],
  examples: [
    { line: 'charge-points show CP-01', meaning: 'Show what is known of it.' },
    { line: 'charge-points show CP-01 --json', meaning: 'Show that and its configuration, for a program.' },
  ],
  needsBridge: true,
  async run({ bridge, arguments: words }: Context): Promise<Result> {
    const point = await bridge().get(`/api/charge-points/${encodeURIComponent(String(words['id']))}`);
    return { json: point, text: (style) => chargePointText(style, point) };
  },
};

function chargePointText(style: Style, point: Json): string {
  const boot = asObject(point['boot']);
  const station = asObject(boot['chargingStation']);
  const vendor = cellText(boot['chargePointVendor'] ?? station['vendorName']);
  const model = cellText(boot['chargePointModel'] ?? station['model']);
  const orders = asList(point['orders']).map(({ id, state }) => `${cellText(id)} (${cellText(state)})`);
  const quarantine = asObject(point['quarantine']);
  const fields = formatFields([
    ['state', stateText(point)],
    ['why', quarantine['detail'] === undefined ? undefined : cellText(quarantine['detail'])],
    ['made by', `${vendor} ${model}`.trim() || undefined],
    ['OCPP', cellText(point['version']) || undefined],
    ['security profile', cellText(point['profile']) || undefined],
    ['connectors', connectorText(point) || undefined],
    ['connected', timeText(point['connectedAt']) || undefined],
    ['last seen', timeText(point['lastSeenAt']) || 'never'],
    ['booted', timeText(point['bootedAt']) || undefined],
    ['broken rules', cellText(point['protocolViolations'])],
    ['open orders', orders.join(', ') || 'none'],
  ]);
  return `${style.colour('bold', cellText(point['id']))}\n${fields}`;
}

const MAX_SECONDS = 600;

const COMMAND: Command = {
  name: 'charge-points command',
  summary: 'Send an OCPP action to a charge point and show its answer',
  arguments: [
    CHARGE_POINT,
    { name: 'action', description: 'any action that a central system may call, such as TriggerMessage' },
    { name: 'payload', description: 'the payload as JSON; default: {}', isOptional: true },
  ],
  options: [
    { flags: '--within <seconds>', description: 'how long it may wait to be sent', default: '30' },
    { flags: '--timeout <seconds>', description: 'how long the charger may take to answer', default: '30' },
  ],
  examples: [
    { line: 'charge-points command CP-01 GetConfiguration', meaning: 'Read its configuration.' },
    {
      line: `charge-points command CP-01 ChangeAvailability '{"connectorId":0,"type":"Operative"}'`,
      meaning: 'Send an action with a payload.',
    },
  ],
  needsBridge: true,
  async run({ bridge, arguments: words, options, progress }: Context): Promise<Result> {
    const [id, action] = [String(words['id']), String(words['action'])];
    const payload = readPayload(textOf(words['payload']) ?? '{}');
    progress(`waiting for ${id} to answer`);
    const path = `/api/charge-points/${encodeURIComponent(id)}/commands/${encodeURIComponent(action)}`;
    const query = { withinS: textOf(options['within']), timeoutS: textOf(options['timeout']) };
    const waitMs = waitOf(query.withinS) + waitOf(query.timeoutS);
    const entry = await bridge().post(path, payload, query, waitMs);
    const detail = asObject(entry['detail']);
    return {
      json: entry,
      text: () => JSON.stringify(detail, undefined, 2),
      ...(detail['state'] !== 'answered' && { exit: 'found' as const }),
    };
  },
};

/** Converts the value of an option from seconds to ms. Returns 0 for a value that the API does not accept. */
function waitOf(seconds: string | undefined): number {
  const value = Number(seconds);
  return value >= 0 && value <= MAX_SECONDS ? value * 1000 : 0;
}

/** @errors CommandFailure unless the text is a JSON object. */
function readPayload(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // The failure below also covers text that is not JSON.
  }
  throw new CommandFailure('usage', {
    error: 'wrong-usage',
    message: `The payload is no JSON object: ${text}`,
    hint: `Quote it for the shell: '{"type":"Soft"}'`,
  });
}

export const CHARGE_POINT_COMMANDS: readonly Command[] = [LIST, SHOW, COMMAND];
