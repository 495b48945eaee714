/** Defines the endpoints that read and change the network, and the one that reloads the settings. */
import type { Json } from '../../domain/model/object.js';
import type { Acting, ActRequest, Endpoint } from '../http/endpoint.js';
import { any, flag, list, object, open, text, time, whole } from '../http/json-schema.js';
import { TIME_PARAMETERS } from '../http/paging.js';
import { choiceParameter, flagParameter, textParameter } from '../http/parameters.js';
import { moveChargePoint, removeChargePoint, restoreChargePoint, withdrawChargePoint } from './charge-point-changes.js';
import {
  exportCsv,
  getNetwork,
  getTemplate,
  getVersion,
  importFiles,
  listVersions,
  undoChange,
} from './network-files.js';
import { reloadSettings } from './reload.js';

const COUNTS = object({ added: whole('Added.'), changed: whole('Changed.'), removed: whole('Removed.') });
const VERSION_REQUIRED = {
  number: whole('From 1.'),
  ...time('at', 'When.'),
  by: text('Who.'),
  reason: text('Why.'),
  source: text('From which files, or by which act.'),
  counts: COUNTS,
};
const RESTORES = { restores: whole('The version whose document it has again.') };
const VERSION = object(VERSION_REQUIRED, RESTORES);
const DIFFERENCE = list(
  open('A change: kind, id, change, fields with before, after and the currency of an amount in minor units, warning.'),
);
const CHANGED = object(
  { changed: flag('Whether anything changed.'), counts: COUNTS, difference: DIFFERENCE },
  { version: VERSION },
);
const AUTHOR = { by: text('Who; the name of the token by default.'), reason: text('Why.') };
const CSV = { contentType: 'text/csv', description: 'UTF-8 with a byte order mark, CRLF.' };

/** Returns what the audit record keeps of a change: its version and counts. The version holds the difference. */
const result = (body: object): Json => {
  const { version, counts, changed } = body as { [name: string]: Json };
  return { changed: changed ?? false, counts: counts ?? {}, ...(version !== undefined && { version }) };
};
const onNetwork = (act: string) => ({ act, targetKind: 'network', targetId: () => 'network', result });

/**
 * Builds the endpoint for one kind of change to a charge point. @param members Body members other than the authorship.
 */
function changeOfChargePoint(
  verb: 'move' | 'withdraw' | 'restore' | 'remove',
  description: string,
  act: Acting['act'],
  members: Parameters<typeof object>[0] = {},
): Acting {
  return {
    method: 'POST',
    path: `/api/charge-points/:id/${verb}`,
    description,
    scope: 'operate',
    problems: ['network-file-rules', 'not-found', 'import-invalid'],
    answer: CHANGED,
    body: object(members, AUTHOR),
    audit: { act: `charge-point.${verb}`, targetKind: 'charge-point', result },
    act,
  };
}
const withoutFiles = ({ body }: ActRequest): Json => {
  const { files, ocpi, ...rest } = body;
  const names = Array.isArray(files) ? files.map((file: Json) => (file as { name?: Json } | null)?.name ?? null) : [];
  const url = (ocpi as { url?: Json } | undefined)?.url;
  return { ...rest, files: names, ...(url !== undefined && { ocpi: String(url).replace(/[?#].*$/, '') }) };
};

/** A file with 5,000 charge points takes up a few megabytes. */
const MAX_IMPORT = '64mb';

export const NETWORK_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/network',
    description: 'What is sold: its version, the number of its entries, and the document itself.',
    scope: 'read',
    answer: object(
      {
        version: any('The newest version, or null.'),
        counts: open('Entries of each kind.'),
        document: open('As in network.schema.json.'),
      },
      { networkFile: text('The file that rules.') },
    ),
    handle: getNetwork,
  },
  {
    method: 'GET',
    path: '/api/network/versions',
    description:
      'The versions of the network, newest first: when, by whom, why, from which files, and how much changed.',
    scope: 'read',
    query: { by: textParameter('Who made it.'), ...TIME_PARAMETERS },
    answer: object({ items: list(VERSION) }),
    handle: listVersions,
  },
  {
    method: 'GET',
    path: '/api/network/versions/:version',
    description: 'One version with its document and its difference from the one before, row by row.',
    problems: ['not-found'],
    scope: 'read',
    answer: object(
      { ...VERSION_REQUIRED, difference: DIFFERENCE, document: open('As in network.schema.json.') },
      RESTORES,
    ),
    handle: getVersion,
  },
  {
    method: 'GET',
    path: '/api/network/export/:kind.csv',
    description:
      'The network as CSV: stations, charge-points, connectors, tariffs, or wide with a row for each connector.',
    problems: ['not-found'],
    scope: 'read',
    answer: CSV,
    handle: exportCsv,
  },
  {
    method: 'GET',
    path: '/api/network/template/:kind.csv',
    description: 'The same file with notes that explain each column; with example rows while nothing is sold.',
    problems: ['not-found'],
    scope: 'read',
    answer: CSV,
    handle: getTemplate,
  },
  {
    method: 'POST',
    path: '/api/network/import',
    description:
      'Adds and changes what files say (CSV, JSON, YAML, OCPI): {"files": [{"name": …, "base64": …}], "reason": …, "by": …}, or pulls {"ocpi": {"url": …, "token": …}}. All or nothing. ?dryRun=true changes nothing, ?replace=true removes what the files do not mention, ?chargePointIds=ocpi names charge points as in a roaming network.',
    scope: 'operate',
    query: {
      dryRun: flagParameter('Changes nothing.'),
      replace: flagParameter('Removes what the files do not mention.'),
      chargePointIds: choiceParameter(['evse-uid', 'ocpi'], 'How charge points of OCPI are named.'),
    },
    problems: ['network-file-rules', 'import-invalid'],
    answer: object(
      {
        dryRun: flag('Whether it was only tried.'),
        changed: flag('Whether anything changed.'),
        files: list(open('How a file was understood.')),
        counts: COUNTS,
        difference: DIFFERENCE,
        faults: list(open('None.')),
      },
      { version: VERSION },
    ),
    body: object(
      {},
      { files: list(open('{"name": …, "base64": …}')), ocpi: open('{"url": …, "token": …, "since": …}'), ...AUTHOR },
    ),
    audit: { ...onNetwork('network.import'), request: withoutFiles },
    act: importFiles,
    bodyLimit: MAX_IMPORT,
  },
  {
    method: 'POST',
    path: '/api/network/undo',
    description: 'Goes back to the version before the newest, or to {"to": number}. The result is a new version.',
    scope: 'operate',
    problems: ['network-file-rules', 'nothing-to-undo', 'not-found'],
    answer: CHANGED,
    body: object({}, { to: { ...whole('A version.'), minimum: 1 }, ...AUTHOR }),
    audit: onNetwork('network.undo'),
    act: undoChange,
  },
  changeOfChargePoint(
    'move',
    'Moves a charge point to another station: {"stationId": …, "reason": …, "by": …}.',
    moveChargePoint,
    { stationId: text('The station.') },
  ),
  changeOfChargePoint(
    'withdraw',
    'Takes a charge point out of sale; sessions under way go on. Body: {"reason": …, "by": …}.',
    withdrawChargePoint,
  ),
  changeOfChargePoint('restore', 'Brings a planned or withdrawn charge point into service.', restoreChargePoint),
  changeOfChargePoint(
    'remove',
    'Removes a charge point from the network. Sessions under way go on; after them its socket is closed, and it is unknown.',
    removeChargePoint,
  ),
  {
    method: 'POST',
    path: '/api/reload',
    description:
      'Reads the settings and the network file again; only charge points that are no longer in it lose their sockets. All or nothing; the answer names what was applied, and what needs a restart. SIGHUP does the same.',
    scope: 'admin',
    problems: ['reload-invalid'],
    answer: object({
      applied: list(text('A setting.')),
      needsRestart: list(text('A setting.')),
      withoutEffect: list(text('The password of a charge point that has another one, which was set later.')),
      network: DIFFERENCE,
      networkCounts: COUNTS,
    }),
    body: object({}, { by: AUTHOR.by }),
    audit: {
      act: 'settings.reload',
      targetKind: 'settings',
      targetId: () => 'settings',
      result: (body: object) => body as Json,
    },
    act: reloadSettings,
  },
];
