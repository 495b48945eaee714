import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../../src/observe/system-random.js';
import type { AuditEntry } from '../../../../src/ports/stored-records.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createOperatorServer, type OperatorServer } from '../../../../src/operator/http-server.js';
import { HttpFault } from '../../../../src/ports/http.js';
import type { OperatorDeps } from '../../../../src/operator/http/deps.js';
import type { ReloadResult } from '../../../../src/operator/http/reload-result.js';
import { createOpenApiAnswers } from '../../../fakes/openapi-answers.js';
import { createUpdates, DOCUMENT } from '../../../fakes/network-updates.js';

const TOKEN = 'token-for-the-network';

let server: OperatorServer;
let base: string;
let made: Awaited<ReturnType<typeof createUpdates>>;
let reloaded: ReloadResult;
const audit: AuditEntry[] = [];
const openApi = createOpenApiAnswers();

async function serve(networkFile?: string): Promise<void> {
  made = await createUpdates(DOCUMENT, networkFile === undefined ? {} : { networkFile });
  // The network endpoints need no other dependencies.
  server = createOperatorServer({
    networkUpdates: made.updates,
    http: { send: () => Promise.reject(new HttpFault('network', 'refused')) },
    config: { mode: 'sandbox' },
    events: createEventLog(),
    reload: () => Promise.resolve(reloaded),
    store: {
      commit: (batch: { auditEntries: AuditEntry[] }) => Promise.resolve(void audit.push(...batch.auditEntries)),
    },
    clock: createManualClock(),
    random: systemRandom,
    tokens: { find: (secret: string) => (secret === TOKEN ? { name: 'asha', scopes: ['admin'] } : undefined) },
  } as unknown as OperatorDeps);
  const { host, port } = await server.listen('127.0.0.1', 0);
  base = `http://${host}:${port}/api/`;
}

beforeEach(() => serve());
afterEach(() => server.close());

const call = async (path: string, body?: unknown) => {
  const response = await fetch(base + path, {
    headers: { authorization: `Bearer ${TOKEN}`, connection: 'close' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  // The expectations of each test check the shape.
  const json = (isJson ? JSON.parse(bytes.toString('utf8')) : {}) as Record<string, never>;
  openApi.check(body === undefined ? 'GET' : 'POST', `/api/${path}`, { status: response.status, body: json });
  return { status: response.status, bytes, json };
};

const fileOf = (name: string, text: string | Buffer) => ({
  name,
  base64: Buffer.from(text as string).toString('base64'),
});

describe('the network over the API', () => {
  it('is shown with its version and counts', async () => {
    const { json } = await call('network');
    expect(json).toMatchObject({
      version: { number: 1 },
      counts: { stations: 1, chargePoints: 2, connectors: 3 },
      document: { name: 'Ladenetz' },
    });
  });

  it('comes back from an export without a change, and is byte for byte the same after it', async () => {
    for (const kind of ['stations', 'charge-points', 'connectors', 'tariffs', 'wide']) {
      const { bytes } = await call(`network/export/${kind}.csv`);
      const { json, status } = await call('network/import', { files: [fileOf(`${kind}.csv`, bytes)] });
      expect([status, json['changed']]).toEqual([200, false]);
      expect((await call(`network/export/${kind}.csv`)).bytes.equals(bytes)).toBe(true);
      const template = (await call(`network/template/${kind}.csv`)).bytes;
      expect((await call('network/import', { files: [fileOf('t.csv', template)] })).json['difference']).toEqual([]);
    }
    expect((await call('network/export/conectors.csv')).json['hint']).toBe('Did you mean connectors.csv?');
  });

  it('is changed, listed by version, and taken back', async () => {
    const files = [fileOf('preise.csv', 'tariff_id;price_per_kwh\r\nday;19,50\r\n')];
    const tried = await call('network/import?dryRun=true', { files });
    expect(tried.json).toMatchObject({ dryRun: true, changed: false, counts: { changed: 1 } });
    const { json } = await call('network/import', { files, by: 'asha', reason: 'diwali' });
    expect(json).toMatchObject({
      changed: true,
      version: { number: 2, by: 'asha', reason: 'diwali', source: 'preise.csv' },
    });
    expect(json['difference']).toEqual(tried.json['difference']);
    expect((await call('network/versions')).json['items']).toHaveLength(2);
    expect((await call('network/versions/2')).json).toMatchObject({
      difference: [{ kind: 'tariff', id: 'day', fields: [{ field: 'pricePerKwh', before: 1850, after: 1950 }] }],
    });
    expect((await call('network/versions/9')).status).toBe(404);
    expect((await call('network/undo', { by: 'asha' })).json).toMatchObject({ version: { number: 3, restores: 1 } });
    const wrong = await call('network/undo', { to: 0 });
    expect(wrong).toMatchObject({ status: 400, json: { field: 'to', rule: 'must be at least 1' } });
  });

  it('tells every fault of an import with 422, and of a body with 400', async () => {
    const files = [fileOf('x.csv', 'tariff_id,price_per_kwh\nday,much\nnight,0.5\n')];
    const { status, json } = await call('network/import', { files });
    expect(status).toBe(422);
    expect(json).toMatchObject({
      error: 'import-invalid',
      faultCount: 2,
      faults: [
        { file: 'x.csv', line: 2, column: 'price_per_kwh', value: 'much' },
        { file: 'x.csv', line: 3, column: 'price_per_kwh', value: '0.5' },
      ],
    });
    expect((await call('network/import', {})).status).toBe(400);
    expect((await call('network/import', { files: [{ name: 'x' }] })).status).toBe(400);
    expect((await call('network/import', { ocpi: { url: 'https://x' } })).json['message']).toBe('ocpi needs a token.');
    // The record contains the names of the files, but neither their content nor the token.
    await call('network/import', { files, ocpi: { url: 'https://x/y?key=1', token: 'secret' } });
    expect(audit.at(-1)).toMatchObject({
      act: 'network.import',
      who: 'asha',
      request: { files: ['x.csv'], ocpi: 'https://x/y' },
    });
    expect(JSON.stringify(audit)).not.toContain('secret');
  });

  it('moves, withdraws, restores and removes a charge point', async () => {
    const changeOf = async (verb: string, body: object = {}) => {
      const { json, status } = await call(`charge-points/CP1/${verb}`, body);
      return [status, (json['difference'] as { change: string }[] | undefined)?.map(({ change }) => change)];
    };
    expect(await changeOf('withdraw', { reason: 'flooded' })).toEqual([200, ['withdrawn']]);
    expect(made.replaced.at(-1)?.network.providers[0]?.stations[0]?.chargePoints[0]?.status).toBe('withdrawn');
    expect(made.updates.history.newest()).toMatchObject({ reason: 'flooded', source: 'withdraw CP1', by: 'asha' });
    expect(await changeOf('restore')).toEqual([200, ['restored']]);
    expect(await changeOf('move', { stationId: 's9' })).toEqual([400, undefined]);
    expect(await changeOf('move', { stationId: 's1' })).toEqual([200, []]);
    expect(await changeOf('remove')).toEqual([200, ['removed', 'removed', 'removed']]);
    expect(await changeOf('remove')).toEqual([404, undefined]);
  });

  it('takes over what OCPI withdrew', async () => {
    for (const [verb, status] of [
      ['withdraw', 'withdrawn'],
      ['restore', undefined],
    ] as const) {
      const document = structuredClone(DOCUMENT);
      Object.assign(document.providers[0].stations[0].chargePoints[0], { status: 'withdrawn', withdrawnBy: 'ocpi' });
      const imported = await call('network/import', { files: [fileOf('n.json', JSON.stringify(document))] });
      expect(imported.status).toBe(200);
      expect((await call(`charge-points/CP1/${verb}`, {})).json['changed']).toBe(true);
      const { status: after, withdrawnBy } = made.updates.tables().tables['charge-point'].get('CP1')!.fields;
      expect([after, withdrawnBy]).toEqual([status, undefined]);
    }
  });

  it('says how to switch while a network file rules', async () => {
    await server.close();
    await serve('/etc/bridge/network.json');
    for (const path of ['network/import', 'network/undo', 'charge-points/CP1/withdraw']) {
      const files = path.endsWith('import') ? { files: [fileOf('x.csv', 'tariff_id,price_per_kwh\nday,1\n')] } : {};
      const { status, json } = await call(path, files);
      expect([status, json['error']]).toEqual([409, 'network-file-rules']);
      expect(json['hint']).toContain('remove networkFile');
    }
  });

  it('answers a reload with what was applied, what needs a restart, and what is wrong', async () => {
    reloaded = { applied: ['peers.x.units'], needsRestart: ['listen.beckn.port'], withoutEffect: [], network: [] };
    expect((await call('reload', {})).json).toEqual({
      ...reloaded,
      networkCounts: { added: 0, changed: 0, removed: 0 },
    });
    reloaded = { problems: ['log.level: "loud" must be one of …'] };
    expect(await call('reload', {})).toMatchObject({
      status: 422,
      json: { error: 'reload-invalid', problems: reloaded.problems },
    });
  });
});
