/** Serves the network as files: exports, templates, versions and the import. */
import type { Request, RequestHandler, Response } from 'express';
import type { NetworkDocument } from '../../config/network-file/load-network.js';
import { readShippedFile } from '../../config/layers.js';
import type { OperatorDeps } from '../http/deps.js';
import { queryParameter } from '../http/paging.js';
import { sendBadParameter, sendNotFound, sendProblem } from '../http/problem.js';
import { nearestName } from '../http/nearest-name.js';
import { readAuthorship, sendFaults, sendFileRules, sendUpdate } from './send-results.js';
import { FILE_KINDS, type FileKind } from './csv/columns.js';
import { writeCsv, writeTemplate } from './csv/write-csv.js';
import { countChanges } from '../../bridge/network/network-difference.js';
import { countEntries, toTables, type NetworkTables } from '../../bridge/network/network-tables.js';
import type { ChargePointNames } from './ocpi/location-edits.js';
import { pullOcpi, readOcpiSource } from './ocpi/pull.js';
import type { ImportFile } from './read-import.js';

export function getNetwork({ networkUpdates }: OperatorDeps): RequestHandler {
  return (_req, res) => {
    const { networkFile, history } = networkUpdates;
    res.json({
      ...(networkFile !== undefined && { networkFile }),
      version: history.newest() ?? null,
      counts: countEntries(networkUpdates.tables()),
      document: networkUpdates.document(),
    });
  };
}

export function listVersions({ networkUpdates }: OperatorDeps): RequestHandler {
  return (_req, res) => void res.json({ items: networkUpdates.history.list() });
}

export function getVersion({ networkUpdates }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const number = Number(req.params['version']);
    const version = networkUpdates.history.find(number);
    const content = version && (await networkUpdates.history.content(number));
    if (!version || !content)
      return sendNotFound(res, 'version', String(req.params['version']), '/api/network/versions');
    res.json({ ...version, difference: content.difference, document: content.document });
  };
}

export function exportCsv({ networkUpdates }: OperatorDeps): RequestHandler {
  return (req, res) => sendCsv(req, res, (kind) => writeCsv(networkUpdates.tables(), kind));
}

/** The template is the export with notes; while nothing is sold, an example stands in for it. */
export function getTemplate({ networkUpdates }: OperatorDeps): RequestHandler {
  return (req, res) => {
    const own = networkUpdates.tables();
    return sendCsv(req, res, (kind) => writeTemplate(own.tables.station.size > 0 ? own : exampleTables(), kind));
  };
}

function exampleTables(): NetworkTables {
  const { $schema: _, ...document } = JSON.parse(readShippedFile('network.demo.json')) as NetworkDocument & {
    $schema?: string;
  };
  return toTables(document);
}

function sendCsv(req: Request, res: Response, write: (kind: FileKind) => string): void {
  const given = String(req.params['kind']);
  const kind = FILE_KINDS.find((one) => one === given);
  if (!kind) {
    const meant = nearestName(given, FILE_KINDS);
    return sendProblem(res, 404, {
      error: 'not-found',
      message: `There is no file ${given}.csv.`,
      hint: meant === undefined ? `There are ${FILE_KINDS.join(', ')}.` : `Did you mean ${meant}.csv?`,
    });
  }
  res.setHeader('Content-Type', 'text/csv; charset=utf-8');
  res.setHeader('Content-Disposition', `attachment; filename="${kind}.csv"`);
  res.end(write(kind));
}

export function importFiles({ networkUpdates, http, config }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const isDryRun = queryParameter(req, 'dryRun') === 'true';
    const replaces = queryParameter(req, 'replace') === 'true';
    const given = queryParameter(req, 'chargePointIds') ?? 'evse-uid';
    const names = (['evse-uid', 'ocpi'] as const).find((one): one is ChargePointNames => one === given);
    if (!names) return sendBadParameter(res, 'chargePointIds', 'must be evse-uid or ocpi');
    if (networkUpdates.networkFile !== undefined && !isDryRun) return sendFileRules(res, networkUpdates);
    const files = readFiles(req.body);
    const source = readOcpiSource(req.body, config.mode);
    if (files === undefined || (source && 'rule' in source) || (files.length === 0 && !source)) {
      return sendProblem(res, 400, {
        error: 'bad-request',
        message: source && 'rule' in source ? `ocpi ${source.rule}.` : 'The body names no files.',
        hint: 'The body is {"files": [{"name": "stations.csv", "base64": "…"}], "reason": "…", "by": "…"}, or {"ocpi": {"url": "…", "token": "…"}} in place of the files.',
      });
    }
    const pulled = source && 'url' in source ? await pullOcpi(source, http) : { pulled: [] };
    if ('fault' in pulled) return sendFaults(res, { faults: [pulled.fault] });
    const from = [...files.map(({ name }) => name), ...pulled.pulled.map(({ source: url }) => url)].join(', ');
    const authorship = readAuthorship(req, from);
    const request = { files, pulled: pulled.pulled, isDryRun, replaces, names, authorship };
    // The parsers are loaded with the first import, because a start should not wait for them.
    const { importNetwork } = await import('./import-network.js');
    const result = await importNetwork(networkUpdates, request);
    if ('refused' in result) return sendFileRules(res, networkUpdates);
    const { faults, difference, version, files: understood } = result;
    const answer = { dryRun: isDryRun, files: understood, counts: countChanges(difference), difference };
    if (faults.length > 0) return sendFaults(res, { ...answer, faults });
    res.json({ ...answer, changed: version !== undefined, ...(version && { version }), faults: [] });
  };
}

/** @returns `undefined` if the list is not as it must be. */
function readFiles(body: unknown): ImportFile[] | undefined {
  const files: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'files') : undefined;
  if (files === undefined) return [];
  if (!Array.isArray(files)) return undefined;
  const read = files.map((file: unknown): ImportFile | undefined => {
    if (typeof file !== 'object' || file === null) return undefined;
    const [name, base64] = [Reflect.get(file, 'name') as unknown, Reflect.get(file, 'base64') as unknown];
    if (typeof name !== 'string' || typeof base64 !== 'string') return undefined;
    return { name: name.slice(0, 255), bytes: Buffer.from(base64, 'base64') };
  });
  return read.every((file) => file !== undefined) ? read : undefined;
}

export function undoChange({ networkUpdates }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const body: unknown = req.body;
    const to: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'to') : undefined;
    if (to !== undefined && (typeof to !== 'number' || !Number.isInteger(to) || to < 0))
      return sendBadParameter(res, 'to', 'must be the number of a version');
    const authorship = readAuthorship(req, to === undefined ? 'undo' : `undo to ${to}`);
    sendUpdate(res, networkUpdates, await networkUpdates.undo(authorship, to));
  };
}
