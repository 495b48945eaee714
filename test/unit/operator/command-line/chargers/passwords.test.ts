import { describe, expect, it } from 'vitest';
import { PASSWORDS } from '../../../../../src/operator/command-line/chargers/passwords.js';
import type { Call, Context } from '../../../../../src/operator/command-line/frame/command.js';
import type { Exit } from '../../../../../src/operator/command-line/frame/exit-codes.js';
import { CommandFailure } from '../../../../../src/operator/command-line/frame/failure.js';
import { styleFor } from '../../../../../src/operator/command-line/frame/style.js';

interface Case {
  /** How the bridge refuses a charge point; it accepts all others. */
  readonly refusals?: { readonly [id: string]: Exit };
  /** Which charge points exist, and whether they have a password. */
  readonly known?: { readonly [id: string]: boolean };
  readonly isInterrupted?: boolean;
  /** The settings `listen.ocpp`. */
  readonly listen?: object;
  readonly options?: Call['options'];
}

async function passwords(named: readonly string[], { refusals = {}, known = {}, listen = {}, ...more }: Case = {}) {
  const tried: string[] = [];
  const bridge = {
    get: (path: string) =>
      Promise.resolve(
        path === '/api/config'
          ? { listen: { ocpp: { host: '0.0.0.0', port: 9000, basePath: '/ocpp', ...listen } }, subscriber: SUBSCRIBER }
          : { chargePoints: Object.entries(known).map(([id, hasPassword]) => ({ id, hasPassword })) },
      ),
    post: (path: string) => {
      const id = path.split('/')[3] ?? '';
      tried.push(id);
      const exit = refusals[id];
      if (exit) return Promise.reject(new CommandFailure(exit, { error: exit, message: `${id} is refused` }));
      return Promise.resolve({ password: `secret-of-${id}`, result: 'valid' });
    },
  };
  const context = {
    arguments: { id: named },
    options: { ocppUrl: 'ws://h', ...more.options },
    bridge: () => bridge,
    progress: () => undefined,
    endInOrder: () => (more.isInterrupted === true ? AbortSignal.abort() : new AbortController().signal),
  } as unknown as Context;
  const { text, exit, remarks } = await PASSWORDS.run(context);
  return { tried, exit, remarks, text: text(styleFor({ isTTY: false }, {})) };
}

const SUBSCRIBER = { uri: 'https://bpp.example/beckn' };
const NONE = 'No password was set.';

describe('passwords', () => {
  it('are shown once each, with the faults of the others', async () => {
    const { text, exit, remarks } = await passwords(['A', 'B'], { refusals: { A: 'missing' } });
    expect(text).toContain('secret-of-B');
    expect([exit, remarks]).toEqual(['found', ['A: A is refused']]);
  });

  it('that were all refused are not said to exist', async () => {
    const { text, exit } = await passwords(['A', 'B'], { refusals: { A: 'missing', B: 'conflict' } });
    expect([text, exit]).toEqual([NONE, 'found']);
  });

  it('of which none was set before Ctrl-C are not said to exist', async () => {
    const { text, exit, tried } = await passwords(['A', 'B'], { isInterrupted: true });
    expect([text, exit, tried]).toEqual([NONE, 'interrupted', []]);
  });

  it.each(['denied', 'unreachable'] as const)('end where the bridge is %s, and exit with that', async (reason) => {
    expect(await passwords(['A', 'B', 'C'], { refusals: { B: reason } })).toMatchObject({
      tried: ['A', 'B'],
      exit: reason,
      text: expect.stringContaining('secret-of-A') as string,
    });
    expect(await passwords(['A', 'B'], { refusals: { A: reason } })).toMatchObject({ text: NONE, exit: reason });
  });

  it('that exist already are said to, and so is a network without charge points', async () => {
    expect((await passwords([], { known: { A: true } })).text).toMatch(/^Every charge point has a password/);
    expect((await passwords([], { options: { all: true } })).text).toBe('There are no charge points.');
    const csv = await passwords([], { known: { A: true }, options: { csv: true } });
    expect([csv.text, csv.remarks]).toEqual([
      'id,url,password,result',
      ['Every charge point has a password; --all gives each a new one.'],
    ]);
    expect((await passwords([], { known: { A: true, B: false } })).tried).toEqual(['B']);
  });
});

describe('the URL beside a password, without --ocpp-url,', () => {
  const urlsWith = (listen: object) => passwords(['A'], { listen, options: { ocppUrl: undefined, csv: true } });

  it.each<[object, string]>([
    [{}, 'ws://bpp.example:9000/ocpp/A'],
    [{ host: '192.0.2.1' }, 'ws://192.0.2.1:9000/ocpp/A'],
    [{ tls: {} }, 'wss://bpp.example:9000/ocpp/A'],
    [{ tls: { port: 9443 } }, 'wss://bpp.example:9443/ocpp/A'],
    [{ port: 0, tls: { port: 9443 } }, 'wss://bpp.example:9443/ocpp/A'],
  ])('with %j is %s', async (listen, url) => {
    expect((await urlsWith(listen)).text).toContain(`A,${url},`);
  });

  it.each([{ port: 0 }, { port: 0, tls: {} }, { tls: { port: 0 } }, { proxy: { addresses: ['10.0.0.1'] } }])(
    'is not known with %j, and no password is set',
    async (listen) => {
      await expect(urlsWith(listen)).rejects.toMatchObject({ exit: 'usage', report: { hint: 'Give --ocpp-url.' } });
    },
  );
});
