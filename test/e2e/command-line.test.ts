/** The command line as a person meets it. One bridge serves all commands; every example of every help text is run. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { allCommands } from '../../src/operator/command-line/commands.js';
import type { Example } from '../../src/operator/command-line/frame/command.js';
import { makeKeys } from '../../src/sandbox/runtime/keys.js';
import { BridgeProcess } from './bridge-process.js';
import { plainLines, run, runLine, runOnTerminal, type Finished, type RunOptions } from './program.js';
import { begun, ended, place } from './shopper.js';
import { freePorts, HOST, networkOf, nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

const COMMANDS = allCommands({ serve: () => Promise.resolve(), sandboxProgram: () => Promise.resolve() });
const ROOT = join(import.meta.dirname, '../..');

let system: TestSystem;
let folder: string;
let here: RunOptions;
let orderId: string;
let runningId: string;
let saleStopId: string;

beforeAll(async () => {
  system = await startTestSystem({
    chargePoints: ['CP-01', 'CP-02', 'CP-03'],
    settings: { subscriber: { generate: true, encryptionKeyFiles: ['data/encryption.key'] } },
  });
  await system.bridge.start();
  folder = mkdtempSync(join(tmpdir(), 'bridge-line-'));
  symlinkSync(join(ROOT, 'config'), join(folder, 'config'));
  here = { cwd: folder, env: { BRIDGE_CONFIG: system.configFile } };
  await system.charger('CP-01');
  const placed = await place(system.buyer, system.choice('CP-01', 'units', 100));
  await ended(system.buyer, placed.orderId);
  orderId = placed.orderId;
  await system.charger('CP-02');
  const running = await place(system.buyer, system.choice('CP-02', 'units', 90_000));
  await begun(system.buyer, running.orderId);
  runningId = running.orderId;
  const words = ['sale', 'stop', '--charge-point', 'CP-03', '--for', '2h', '--reason', 'A test.', '--json'];
  saleStopId = String(json(await run(words, here)).id);
  await tryToConnect('CP-NEW');
});

afterAll(async () => {
  await system.close();
  rmSync(folder, { recursive: true, force: true });
  await nothingLeft();
});

/** A charger that nobody knows tries to connect. */
function tryToConnect(id: string): Promise<void> {
  const socket = new WebSocket(`${system.addresses.ocpp}/${id}`, ['ocpp1.6']);
  return new Promise((resolve) => {
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}

/** On a busy machine anything may take longer than a second. */
const withoutProgress = (text: string): string => text.replaceAll(/^.* …\n/gm, '');

const json = (finished: Finished): { readonly [name: string]: unknown } =>
  JSON.parse(finished.stdout) as { readonly [name: string]: unknown };

describe('the examples of the help', () => {
  /** Examples that need a bridge of their own, or are played by another test. */
  const FOREGROUND = ['serve', 'demo', 'sandbox', 'try'];
  /** Examples that change what is sold, in an order in which they are possible. */
  const CHANGING = [
    'import',
    'export',
    'charge-points add',
    'charge-points move',
    'charge-points withdraw',
    'charge-points restore',
    'charge-points remove',
    'network history',
    'network diff',
    'network undo',
    'reload',
  ];
  /** A charger is turned away, which the doctor finds. */
  const EXITS: { readonly [name: string]: number } = { doctor: 1 };

  for (const { name, examples } of COMMANDS.filter((one) => ![...FOREGROUND, ...CHANGING].includes(one.name))) {
    it(`of ${name} do what they say`, async () => {
      for (const example of examples) {
        const line = lineOf(example);
        const finished = await runLine(`beckn-ocpp-bridge ${line}`, optionsFor(name));
        expect([line, finished.code, withoutProgress(finished.stderr)], finished.stdout).toEqual([
          line,
          EXITS[name] ?? 0,
          '',
        ]);
        if (/--json\b/.test(line)) expect(json(finished)).toBeDefined();
        else if (!line.includes('>')) expect(finished.stdout).not.toBe('');
      }
    });
  }

  it('of commands that change what is sold do what they say, and a fault is told with its place', async () => {
    const cwd = join(folder, 'selling');
    mkdirSync(cwd);
    expect((await run(['init'], { cwd })).code).toBe(0);
    const bridge = new BridgeProcess(['--config', join(cwd, 'bridge.json')], FREE_PORTS);
    await bridge.start();
    writeFileSync(join(cwd, 'first.json'), JSON.stringify(networkOf(['CP-01', 'CP-02', 'CP-03'])));
    expect(await run(['import', 'first.json'], { cwd })).toMatchObject({ code: 0, stderr: '' });
    for (const name of CHANGING) {
      for (const { line } of COMMANDS.find((one) => one.name === name)?.examples ?? []) {
        const finished = await runLine(`beckn-ocpp-bridge ${line}`, { cwd });
        expect([line, finished.code, withoutProgress(finished.stderr)], finished.stdout).toEqual([line, 0, '']);
      }
    }
    writeFileSync(join(cwd, 'wrong.csv'), 'station_id,latitude\nkiwi-charge-hub,north\n');
    const wrong = await run(['import', 'wrong.csv', '--dry-run'], { cwd });
    expect([wrong.code, wrong.stdout]).toEqual([1, '']);
    expect(wrong.stderr).toContain('wrong.csv:2, column latitude: "north" must be');
    expect((await bridge.term()).code).toBe(0);
  });

  it('of demo play a session and check it', async () => {
    const { examples = [] } = COMMANDS.find(({ name }) => name === 'demo') ?? {};
    for (const { line } of examples) {
      const finished = await runLine(`beckn-ocpp-bridge ${line}`, here);
      expect([finished.code, finished.stdout + finished.stderr]).toEqual([0, expect.stringContaining('checks passed')]);
    }
  });

  it('of try play a whole order on the running bridge', async () => {
    const { examples = [] } = COMMANDS.find(({ name }) => name === 'try') ?? {};
    for (const { line } of examples) {
      const { code, stdout } = await runLine(`beckn-ocpp-bridge ${line}`, here);
      expect([code, stdout]).toEqual([0, expect.stringContaining('checks passed')]);
    }
  });

  it('of sandbox hold a provider open until Ctrl-C', async () => {
    const { examples = [] } = COMMANDS.find(({ name }) => name === 'sandbox') ?? {};
    const { publicKeyBase64 } = await makeKeys();
    const ports = await freePorts(2);
    for (const { line } of examples) {
      const words = line.replace('PUBLIC_KEY', publicKeyBase64).split(' ');
      const args = [...words, '--port', String(ports[0]), '--registry-port', String(ports[1])];
      const { code, stdout } = await run(args, { ...here, interruptAfterMs: 4_000 });
      expect([code, stdout]).toEqual([0, expect.stringContaining('until you press Ctrl-C')]);
    }
  });

  it('of serve start a bridge, which the command line then finds by its data folder', async () => {
    const { examples = [] } = COMMANDS.find(({ name }) => name === 'serve') ?? {};
    const own = join(folder, 'own');
    mkdirSync(own);
    expect((await run(['init'], { cwd: own })).code).toBe(0);
    for (const { line } of examples) {
      const config = line.includes('example.sqlite') ? join(folder, 'example.json') : join(own, 'bridge.json');
      if (line.includes('example.sqlite')) copyExample(config);
      const bridge = new BridgeProcess(['serve', '--config', config], FREE_PORTS);
      const { operator } = await bridge.start();
      const listed = await run(['orders', 'list', '--json', '--config', config], { cwd: folder });
      expect([listed.code, json(listed)]).toEqual([0, { orders: [] }]);
      const file = join(dataDirOf(config), 'operator-address');
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ operator });
      expect((await bridge.term()).code).toBe(0);
      expect(existsSync(file)).toBe(false);
      const away = await run(['orders', 'list', '--json', '--config', config], { cwd: folder });
      expect([away.code, json(away).error, withoutProgress(away.stderr)]).toEqual([3, 'not-running', '']);
    }
  });

  const FREE_PORTS = {
    BRIDGE__LISTEN__BECKN__PORT: '0',
    BRIDGE__LISTEN__OCPP__PORT: '0',
    BRIDGE__LISTEN__OPERATOR__PORT: '0',
  };

  function copyExample(target: string): void {
    const text = readFileSync(join(ROOT, 'config/example.sqlite.json'), 'utf8');
    const settings = JSON.parse(text) as { [key: string]: unknown };
    const files = { networkFile: join(ROOT, 'config/network.demo.json'), dataDir: join(folder, 'example-data') };
    const registry = { kind: 'file', file: join(ROOT, 'config/registry.example.json') };
    writeFileSync(target, JSON.stringify({ ...settings, ...files, registry, $schema: undefined }));
  }

  const dataDirOf = (config: string): string =>
    config.endsWith('example.json') ? join(folder, 'example-data') : join(folder, 'own/data');

  function lineOf({ line }: Example): string {
    return line
      .replaceAll('SALE_STOP_ID', saleStopId)
      .replaceAll('ORDER_ID', line.startsWith('orders close') ? runningId : orderId);
  }

  /** Commands that write files get a folder and settings of their own. */
  function optionsFor(name: string): RunOptions {
    if (name !== 'init' && !name.startsWith('keys')) return here;
    const cwd = join(folder, name.replace(' ', '-'));
    mkdirSync(cwd, { recursive: true });
    if (name === 'init') return { cwd };
    const config = join(cwd, 'config.json');
    if (!existsSync(config)) writeFileSync(config, readFileSync(system.configFile));
    return { cwd, env: { BRIDGE_CONFIG: config } };
  }
});

describe('--json', () => {
  const read = (line: string): Promise<Finished> => run([...line.split(' '), '--json'], here);

  it.for([
    ['orders list', 'orders'],
    ['sessions', 'sessions'],
    ['charge-points list', 'chargePoints'],
    ['rejected-connections list', 'rejectedConnections'],
    ['sale list', 'saleStops'],
  ])('of %s has the list under the name of the API', async ([line = '', name = '']) => {
    const finished = await read(line);
    expect([finished.code, Array.isArray(json(finished)[name]), withoutProgress(finished.stderr)]).toEqual([
      0,
      true,
      '',
    ]);
  });

  it.for([
    ['orders list --bad', 2, 'wrong-usage'],
    ['order list', 2, 'wrong-usage'],
    ['orders list --state charging! --limit 5', 2, 'wrong-usage'],
    ['orders list --since soon', 2, 'wrong-usage'],
    ['orders list --url http://127.0.0.1:9', 3, 'not-running'],
    ['orders list --token wrong', 4, 'unauthorized'],
    ['orders show no-such-order', 5, 'not-found'],
    ['charge-points show NOBODY', 5, 'not-found'],
    ['charge-points command CP-01 Reset [1]', 2, 'wrong-usage'],
    ['settlement yesterday', 2, 'bad-parameter'],
    ['rejected-connections approve CP-01', 6, 'already-known'],
    ['subscribe nowhere', 5, 'not-found'],
    ['orders close X --by me --reason why', 2, 'wrong-usage'],
    ['keys show --config /nowhere/bridge.json', 1, 'settings-wrong'],
    ['completion tcsh', 2, 'wrong-usage'],
    ['init --uri nowhere', 2, 'wrong-usage'],
    ['sessions --token wrong', 4, 'unauthorized'],
    ['sale stop --reason why', 2, 'wrong-usage'],
    ['sale stop --reason why --station nowhere', 2, 'bad-parameter'],
    ['sale stop --reason why --everything --for 2h --until 2036-01-01', 2, 'wrong-usage'],
    ['sale list --state gone', 2, 'wrong-usage'],
    ['sale end no-such-stop', 5, 'not-found'],
    ['passwords NOBODY', 5, 'unknown-charge-point'],
    ['passwords CP-01 --all', 2, 'wrong-usage'],
    ['rejected-connections list --url nowhere', 2, 'wrong-usage'],
    ['keys generate config/default.json', 6, 'file-exists'],
    ['keys rotate bridge-1 --yes', 6, 'name-taken'],
    ['keys rotate key-9 --network none --yes', 5, 'not-found'],
    ['import', 2, 'wrong-usage'],
    ['import /nowhere/network.csv', 2, 'wrong-usage'],
    ['export --token wrong', 4, 'unauthorized'],
    ['network history --token wrong', 4, 'unauthorized'],
    ['network diff --url http://127.0.0.1:9', 3, 'not-running'],
    ['network undo', 2, 'wrong-usage'],
    ['charge-points add X --station S --tariff T --connector wrong', 2, 'wrong-usage'],
    ['charge-points move CP-01', 2, 'wrong-usage'],
    ['charge-points withdraw CP-01 --token wrong', 4, 'unauthorized'],
    ['charge-points restore CP-01 --token wrong', 4, 'unauthorized'],
    ['charge-points remove CP-01', 2, 'wrong-usage'],
    ['reload --token wrong', 4, 'unauthorized'],
    ['version now', 2, 'wrong-usage'],
    ['sandbox', 2, 'wrong-usage'],
    ['try', 2, 'wrong-usage'],
    ['try CP-01/1 --url http://127.0.0.1 --url nowhere', 2, 'wrong-usage'],
    ['demo --ocpp 3', 2, 'wrong-usage'],
    ['serve --port 1', 2, 'wrong-usage'],
    ['doctor --url nowhere', 2, 'wrong-usage'],
  ] as const)('of a failing "%s" is a document, and the exit code is %d', async ([line, code, error]) => {
    const finished = await read(line);
    const { message, ...failure } = json(finished);
    expect([finished.code, failure.error, withoutProgress(finished.stderr)]).toEqual([code, error, '']);
    expect(message).toMatch(/^\S.*[.:]?$/s);
  });

  it('of check has all problems', async () => {
    const config = join(folder, 'wrong.json');
    writeFileSync(config, JSON.stringify({ mode: 'sandbox', colour: 'blue' }));
    const finished = await run(['check', '--config', config, '--json'], here);
    const { ok, problems } = json(finished);
    expect([finished.code, ok, (problems as string[]).length > 1, withoutProgress(finished.stderr)]).toEqual([
      1,
      false,
      true,
      '',
    ]);
  });
});

describe('a terminal of 80 columns', () => {
  it('shows colours, cuts no line at its edge, and suggests what was meant', async () => {
    const listed = await runOnTerminal('charge-points list', here);
    expect(listed.stdout).toContain('\u001b[');
    expect(plainLines(listed.stdout).filter((line) => line.length > 80)).toEqual([]);
    expect(listed.stdout).toContain('CP-02');
    const wrong = await runOnTerminal('charge-point list', here);
    expect(wrong.stdout).toContain('Did you mean charge-points?');
    expect(wrong.code).toBe(2);
  });

  it.for([
    'orders list',
    'orders show ORDER_ID',
    'sessions',
    'charge-points show CP-01',
    'rejected-connections list',
    'sale list',
    'version',
    'doctor',
  ])('cuts no line of %s at its edge, and leaves its --json alone', async (line) => {
    const given = line.replace('ORDER_ID', orderId);
    const { stdout } = await runOnTerminal(given, here);
    expect(plainLines(stdout).filter((one) => one.length > 80)).toEqual([]);
    const { stdout: document } = await runOnTerminal(`${given} --json 2>/dev/null`, here);
    expect(JSON.parse(document)).toBeTypeOf('object');
  });

  it('shows no colours with NO_COLOR', async () => {
    const { stdout } = await runOnTerminal('charge-points list', { ...here, env: { ...here.env, NO_COLOR: '1' } });
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/\u001b\[[0-9;]*m/);
  });

  it('is asked before something is closed for good, and a no changes nothing', async () => {
    const line = `orders close ${orderId} --by me --reason test`;
    const { stdout, code } = await runOnTerminal(line, { ...here, input: 'no\n' });
    expect(stdout).toContain('Go on? (yes/no)');
    expect(stdout).toContain('Nothing was changed.');
    expect(code).toBe(1);
  });

  it('is asked the questions of init', async () => {
    const cwd = join(folder, 'asked');
    mkdirSync(cwd);
    const { code, stdout } = await runOnTerminal('init', { cwd, input: 'sandbox\nown\nbpp.asked.example\n\n\n\n' });
    expect(code, stdout).toBe(0);
    expect(readFileSync(join(cwd, 'bridge.json'), 'utf8')).toContain('"bpp.asked.example"');
  });
});

describe('a pipe', () => {
  it('gets no colours and whole cells', async () => {
    const { stdout } = await run(['charge-points', 'list'], here);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('…');
  });

  it('that closes early ends the command quietly', async () => {
    const { code, stderr } = await runLine('beckn-ocpp-bridge --help | head -n 1', here);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('gets an error on stderr, and nothing on stdout', async () => {
    const { code, stdout, stderr } = await run(['orders', 'show', 'no-such-order'], here);
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toMatch(/^error: There is no order/);
  });

  it('is not asked: what needs a yes is refused', async () => {
    const { code, stderr } = await run(['orders', 'close', orderId, '--by', 'me', '--reason', 'test'], here);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--yes')]);
  });
});

describe('a command that takes long', () => {
  it('says on stderr what it waits for, and ends with 130 at Ctrl-C', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, HOST, resolve));
    const { port } = silent.address() as AddressInfo;
    const args = ['sessions', '--url', `http://${HOST}:${port}`, '--json'];
    const { code, stdout, stderr } = await run(args, { ...here, interruptAfterMs: 2_500 });
    silent.closeAllConnections();
    silent.close();
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toBe('beckn-ocpp-bridge sessions …\ninterrupted\n');
  });
});

describe('completion', () => {
  it.for([
    ['""', /^serve$/m],
    ['or', /^orders$/],
    ['orders ""', /^list\nshow\nclose$/],
    ['orders list --st', /^--state\n--station$/],
    ['orders list --state ch', /^charging$/],
    ['charge-points show CP-', /^CP-01\nCP-02\nCP-03$/m],
    ['charge-points show --url http://127.0.0.1:9 CP-', /^$/],
  ] as const)('of "%s" lists what may follow', async ([words, expected]) => {
    const { code, stdout, stderr } = await runLine(`beckn-ocpp-bridge __complete ${words}`, here);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd()).toMatch(expected);
  });

  it('for bash works in bash', async () => {
    const line = [
      'eval "$(beckn-ocpp-bridge completion bash)"',
      'COMP_WORDS=(beckn-ocpp-bridge orders sh); COMP_CWORD=2; _beckn_ocpp_bridge; echo "${COMPREPLY[@]}"',
    ].join('\n');
    expect(await runLine(line, here)).toEqual({ code: 0, stdout: 'show\n', stderr: '' });
  });
});
