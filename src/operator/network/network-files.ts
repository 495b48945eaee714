/** Serves the network: its document, versions, exports and templates, the import and the undo. */
import type { Request, RequestHandler, Response } from 'express';
import type { NetworkDocument } from '../../config/network-file/load-network.js';
import { readShippedFile } from '../../config/layers.js';
import { type Json, atOnce } from '../../domain/model/object.js';
import { withIsoTimes } from '../http/answer-forms.js';
import type { OperatorDeps } from '../http/deps.js';
import type { Acting, ActRequest, ActResult } from '../http/endpoint.js';
import { hasAll, isDuring, queryFlag, queryParameter, queryTexts, queryTimes } from '../http/parameters.js';
import { badField, notFound, sendProblem } from '../http/problem.js';
import { sendJson, sendList } from '../http/streaming.js';
import { nearestName } from '../../config/nearest-name.js';
import { faultsProblem, fileRules, readAuthorship, updateResult } from './act-results.js';
import { FILE_KINDS, type FileKind } from './csv/columns.js';
import { writeCsv, writeTemplate } from './csv/write-csv.js';
import { countChanges } from '../../bridge/network/network-difference.js';
import { countEntries, toTables, type NetworkTables } from '../../bridge/network/network-tables.js';
import { pullOcpi, readOcpiSource } from './ocpi/pull.js';
import type { ImportFile } from './read-import.js';

export function getNetwork({ networkUpdates }: OperatorDeps): RequestHandler {
  return (_req, res) => {
    const { networkFile, history } = networkUpdates;
    res.json(
      withIsoTimes({
        ...(networkFile !== undefined && { networkFile }),
        version: history.newest() ?? null,
        counts: countEntries(networkUpdates.tables()),
        document: networkUpdates.document(),
      }),
    );
  };
}

export function listVersions({ networkUpdates }: OperatorDeps): RequestHandler {
  return (req, res) => {
    const [times, wanted] = [queryTimes(req), queryTexts(req, ['by'])];
    const items = networkUpdates.history
      .list()
      .filter((version) => isDuring(version.at, times) && hasAll(version, wanted));
    sendJson(res, { items });
  };
}

export function getVersion({ networkUpdates }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const number = Number(req.params['version']);
    const version = networkUpdates.history.find(number);
    const content = version && (await networkUpdates.history.content(number));
    if (!version || !content)
      return sendProblem(res, notFound('version', String(req.params['version']), '/api/network/versions'));
    res.json(withIsoTimes({ ...version, difference: content.difference, document: content.document }));
  };
}

export function exportCsv({ networkUpdates }: OperatorDeps): RequestHandler {
  return (req, res) => sendCsv(req, res, (kind) => writeCsv(networkUpdates.tables(), kind));
}

/** Serves the export with explanatory notes. While the network has no station, it shows an example network. */
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
  return atOnce(toTables(document));
}

function sendCsv(req: Request, res: Response, write: (kind: FileKind) => string): void {
  const given = String(req.params['kind']);
  const kind = FILE_KINDS.find((one) => one === given);
  if (!kind) {
    const meant = nearestName(given, FILE_KINDS);
    return sendProblem(res, {
      code: 'not-found',
      message: `There is no file ${given}.csv.`,
      hint: meant === undefined ? `There are ${FILE_KINDS.join(', ')}.` : `Did you mean ${meant}.csv?`,
    });
  }
  res.setHeader('Content-Type', 'text/csv; charset=utf-8');
  res.setHeader('Content-Disposition', `attachment; filename="${kind}.csv"`);
  res.end(write(kind));
}

type Act = ReturnType<Acting['act']>;

export function importFiles({ networkUpdates, http, config, clock }: OperatorDeps): Act {
  return async (request): Promise<ActResult> => {
    const { req, body } = request;
    const isDryRun = queryFlag(req, 'dryRun') === true;
    if (networkUpdates.networkFile !== undefined && !isDryRun) return { problem: fileRules(networkUpdates) };
    const files = readFiles(body['files']);
    if (!files) return { problem: badField('files', 'must be a list of {"name": …, "base64": …}') };
    const source = readOcpiSource(body, config.mode);
    if (source && 'rule' in source) return { problem: badField('ocpi', source.rule) };
    if (files.length === 0 && !source) return { problem: badField('files', 'are missing, and so is ocpi') };
    const pulled = source ? await pullOcpi(source, http) : { pulled: [] };
    if ('fault' in pulled) return { problem: faultsProblem([pulled.fault]) };
    const from = [...files.map(({ name }) => name), ...pulled.pulled.map(({ source: url }) => url)].join(', ');
    // The parsers are loaded on the first import, so that the start does not wait for them.
    const { importNetwork } = await import('./import-network.js');
    const result = await importNetwork(networkUpdates, {
      files,
      pulled: pulled.pulled,
      isDryRun,
      replaces: queryFlag(req, 'replace') === true,
      names: queryParameter(req, 'chargePointIds') === 'ocpi' ? 'ocpi' : 'evse-uid',
      authorship: readAuthorship(request, from),
    });
    if ('refused' in result) return { problem: fileRules(networkUpdates) };
    const { faults, difference, version, files: understood } = result;
    if (faults.length > 0) return { problem: faultsProblem(faults, { difference, files: understood }) };
    const summary = { changed: version !== undefined, ...(version && { version }), counts: countChanges(difference) };
    const head = { dryRun: isDryRun, ...summary, files: understood, faults: [] };
    return {
      send: (res) => sendList(res, head, ['difference', difference], clock),
      summary: summary as unknown as Json,
    };
  };
}

/** Decodes the uploaded files. @returns `undefined` if the list is malformed. */
function readFiles(files: unknown): ImportFile[] | undefined {
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

export function undoChange({ networkUpdates }: OperatorDeps): Act {
  return async (request: ActRequest): Promise<ActResult> => {
    const { to } = request.body as { readonly to?: number };
    const authorship = readAuthorship(request, to === undefined ? 'undo' : `undo to ${to}`);
    return updateResult(networkUpdates, await networkUpdates.undo(authorship, to));
  };
}
