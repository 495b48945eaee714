/** The Beckn networks in the operator API. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NetworkView, SubscribeResult, SubscribeRequest } from '../../../../src/ports/networks.js';
import type { OperatorDeps } from '../../../../src/operator/http/deps.js';
import { createOperatorServer, type OperatorServer } from '../../../../src/operator/http-server.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { ApiTokens } from '../../../../src/operator/access/api-tokens.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const VIEW: NetworkView = {
  name: 'main',
  subscriberId: 'bpp.test',
  uri: 'https://bpp.test/beckn',
  basePath: '/beckn',
  domains: [],
  keys: [{ keyId: 'k1', publicKey: 'AAAA', isSigning: true }],
  registry: { kind: 'succinct', cachedKeys: 3 },
};

let server: OperatorServer;
let base: string;
let asked: unknown[];
let result: SubscribeResult;
const events = createEventLog();
const clock = createManualClock();

beforeEach(async () => {
  asked = [];
  result = { calls: [], records: [], pendingUntil: 5 };
  const deps: Pick<OperatorDeps, 'networks' | 'events' | 'tokens' | 'clock' | 'random'> & {
    readonly store: Pick<OperatorDeps['store'], 'commit'>;
  } = {
    networks: {
      list: () => [VIEW],
      subscribe(name: string, wish: SubscribeRequest) {
        asked.push([name, wish]);
        return Promise.resolve(result);
      },
    },
    events,
    clock,
    random: systemRandom,
    store: { commit: () => Promise.resolve() },
    tokens: new ApiTokens({
      values: { putValue: () => Promise.resolve(), values: () => Promise.resolve([]) },
      clock,
      random: systemRandom,
      firstToken: 'secret',
    }),
  };
  server = createOperatorServer(deps as unknown as OperatorDeps);
  const { host, port } = await server.listen('127.0.0.1', 0);
  base = `http://${host}:${port}`;
});
afterEach(() => server.close());

async function call(method: string, path: string, body?: string, token = 'secret') {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(base + path, { method, headers, ...(body !== undefined && { body }) });
  return { status: response.status, body: (await response.json()) as { [key: string]: unknown } };
}

describe('networks', () => {
  it('are listed', async () => {
    expect(await call('GET', '/api/networks')).toEqual({ status: 200, body: { networks: [VIEW] } });
  });

  it('are subscribed to with the operator’s token alone', async () => {
    expect((await call('POST', '/api/networks/main/subscribe', '{}', 'wrong')).status).toBe(401);
    expect(asked).toEqual([]);
    expect(await call('POST', '/api/networks/main/subscribe')).toMatchObject({ status: 200, body: result });
    await call('POST', '/api/networks/main/subscribe', '{"keyId":"k2","send":false}');
    expect(asked).toEqual([
      ['main', {}],
      ['main', { keyId: 'k2', send: false }],
    ]);
  });

  it.each([
    ['[]', 'must be a JSON object', 'bad-parameter'],
    ['{"keyID":"k2"}', 'There is no field "keyID" here', 'unknown-parameter'],
    ['{"keyId":2}', 'keyId must be text', 'bad-parameter'],
    ['{"send":"no"}', 'send must be true or false', 'bad-parameter'],
  ])('are not asked with %s', async (body, rule, code) => {
    const answer = await call('POST', '/api/networks/main/subscribe', body);
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(answer.body['message']).toContain(rule);
    expect(asked).toEqual([]);
  });

  it.each([
    ['unknown-network', 404, 'not-found'],
    ['unknown-key', 409, 'unknown-key'],
    ['registry-refused', 502, 'registry-refused'],
    ['registry-unavailable', 502, 'registry-unavailable'],
  ] as const)('say %s with %i', async (refused, status, error) => {
    result = { refused, message: 'Why.' };
    expect(await call('POST', '/api/networks/main/subscribe', '{}')).toMatchObject({ status, body: { error } });
  });
});
