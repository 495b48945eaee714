/**
 * Command line features beyond single commands: lists under the API's names, colours, questions, suggestions, pipes,
 * interruptions, what an import left out, and completion.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAddressFile } from '../../../src/operator/address-file.js';
import { BridgeProcess } from '../bridge-process.js';
import { CTRL_C, noTerminal, plainLines, run, runLine, runOnTerminal, type RunOptions } from '../program.js';
import { HOST } from '../test-system.js';
import { eventually } from '../waiting.js';
import { json, startFakeBridge, startInstallation, withoutProgress, type Installation } from './installation.js';

// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001b\]|\u001b\[\d*J/;

let installation: Installation;
let here: RunOptions;

beforeAll(async () => {
  installation = await startInstallation({ spare: 1 });
  here = installation.here;
});

afterAll(() => installation.close());

describe('--json', () => {
  it.for([
    ['orders list', 'orders'],
    ['sessions', 'sessions'],
    ['charge-points list', 'chargePoints'],
    ['rejected-connections list', 'rejectedConnections'],
    ['spellings list', 'spellings'],
    ['sale list', 'saleStops'],
    ['orders list --network main --provider p1 --transaction 7 --beckn-transaction t --connector 1', 'orders'],
    ['sessions --state charging --order o --since 2h', 'sessions'],
    ['charge-points list --quarantined --status Faulted --ocpp 2.1 --since 7d', 'chargePoints'],
    ['rejected-connections list --id X --from 203.0.113 --code wrong-path --since 1h', 'rejectedConnections'],
    ['sale list --provider p1 --connector 1 --since 1h', 'saleStops'],
    ['network history --by nobody --since 1h', 'versions'],
  ])('of %s has the list under the name of the API', async ([line = '', name = '']) => {
    const finished = await run([...line.split(' '), '--json'], here);
    expect([finished.code, Array.isArray(json(finished)[name]), withoutProgress(finished.stderr)]).toEqual([
      0,
      true,
      '',
    ]);
  });

  it('of check has all problems', async () => {
    const config = join(here.cwd, 'wrong.json');
    writeFileSync(config, JSON.stringify({ mode: 'sandbox', colour: 'blue' }));
    const finished = await run(['check', '--config', config, '--json'], here);
    const { ok, problems } = json(finished);
    expect([finished.code, ok, (problems as string[]).length > 1]).toEqual([1, false, true]);
  });
});

describe.skipIf(noTerminal)('a terminal', () => {
  it('shows colours and whole ids, and suggests what was meant', async () => {
    const listed = await runOnTerminal('orders list', here);
    expect(listed.stdout).toContain('\u001b[');
    expect(listed.stdout).toContain(installation.given.orderId);
    const wrong = await runOnTerminal('charge-point list', here);
    expect(wrong.stdout).toContain('Did you mean charge-points?');
    expect(wrong.code).toBe(2);
    const unknown = await runOnTerminal('sessions --buyer shop --zzzz', here);
    expect(unknown.stdout).toContain('See: beckn-ocpp-bridge sessions --help');
    const longer = await runOnTerminal('orders list --state gone', here);
    expect(plainLines(longer.stdout).filter((line) => line.length > 80)).toEqual([]);
    expect(longer.stdout).toContain('provisional');
  });

  it('shows names in a file without their control characters', async () => {
    const file = join(here.cwd, 'evil.csv');
    writeFileSync(file, 'tariff_id,currency,price_per_kwh\nday,INR,\u001b]0;evil\u0007\n\u001b[2Jx,INR,1\n');
    const faults = await runOnTerminal(`import ${file} --dry-run`, here);
    expect(faults.stdout).toContain('" ]0;evil " must be a number');
    writeFileSync(file, 'tariff_id,currency,price_per_kwh\n\u001b[2Jx,INR,1\n');
    const changes = await runOnTerminal(`import ${file} --dry-run`, here);
    for (const { stdout } of [faults, changes]) expect(stdout).not.toMatch(ESCAPES);
  });

  it('is asked before something is closed for good, and a no changes nothing', async () => {
    const line = `orders close ${installation.given.orderId} --by me --reason test`;
    const { stdout, code } = await runOnTerminal(line, { ...here, input: 'no\n' });
    expect(stdout).toContain('Go on? (yes/no)');
    expect(stdout).toContain('Nothing was changed.');
    expect(code).toBe(1);
  });

  it('is asked the questions of init, and an interrupted one writes nothing', async () => {
    const cwd = join(here.cwd, 'asked');
    mkdirSync(cwd);
    let isPressed = false;
    const onText = (text: string, type: (keys: string) => void): void => {
      if (isPressed || !text.includes('Mode:')) return;
      isPressed = true;
      type(CTRL_C);
    };
    const first = await runOnTerminal('init', { cwd, onText });
    expect([first.code, readdirSync(cwd)], first.stdout).toEqual([130, []]);
    const { code, stdout } = await runOnTerminal('init', { cwd, input: 'sandbox\nown\nbpp.asked.example\n\n\n\n' });
    expect(code, stdout).toBe(0);
    expect(readFileSync(join(cwd, 'bridge.json'), 'utf8')).toContain('"bpp.asked.example"');
  });
});

describe('a pipe', () => {
  it('gets an error on stderr, and nothing on stdout', async () => {
    const { code, stdout, stderr } = await run(['orders', 'show', 'no-such-order'], here);
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toMatch(/^error: There is no order/);
  });

  it('is not asked: what needs a yes is refused', async () => {
    const line = ['orders', 'close', installation.given.orderId, '--by', 'me', '--reason', 'test'];
    const { code, stderr } = await run(line, here);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--yes')]);
  });

  it.for(['| head -n 1', '2>&1 >/dev/null | true'])('that closes early changes no exit code: %s', async (pipe) => {
    const end = '; exit ${PIPESTATUS[0]}';
    const help = await runLine(`beckn-ocpp-bridge --help ${pipe} ${end}`, here);
    expect([help.code, help.stderr]).toEqual([0, '']);
    const failed = await runLine(`beckn-ocpp-bridge orders show no-such-order ${pipe} ${end}`, here);
    expect(failed.code).toBe(5);
  });

  it('that closes does not end a bridge that writes there', async () => {
    const settings = installation.given.next('settings');
    const { dataDir } = JSON.parse(readFileSync(settings, 'utf8')) as { readonly dataDir: string };
    const bridge = new BridgeProcess(['serve', '--config', settings]);
    bridge.spawn();
    bridge.closeOutput();
    const { operator } = await eventually('it is ready', () => readAddressFile(dataDir));
    expect((await fetch(`${operator}/health/live`)).status).toBe(200);
    expect(await bridge.term()).toEqual({ code: 0, signal: null });
  });
});

describe('a command that takes long', () => {
  it('says on stderr what it waits for, and ends with a document and 130 at Ctrl-C', async () => {
    const args = ['sessions', '--url', installation.given.silentUrl, '--token', 'none', '--json'];
    const finished = await run(args, { ...here, interruptAt: / …\n$/ });
    expect([finished.code, finished.stderr]).toEqual([130, 'beckn-ocpp-bridge sessions …\n']);
    expect(json(finished)['error']).toBe('interrupted');
  });

  it('shows the passwords that are set already when it is interrupted, because they are shown only once', async () => {
    let answerSecond = (): void => undefined;
    const bridge = await startFakeBridge(({ url = '' }, response) => {
      const set = (password: string): void => void response.end(JSON.stringify({ password, result: 'in-force' }));
      if (url.includes('CP-01')) set('first-password');
      else answerSecond = () => set('second-password');
    });
    const stopping = /stopping; Ctrl-C again/;
    const args = ['passwords', 'CP-01', 'CP-02', 'CP-03', '--csv', '--ocpp-url', `ws://${HOST}`, '--url', bridge.url];
    const finished = await run([...args, '--token', 'x'], {
      ...here,
      interruptAt: /1 of 3 are set/,
      onText: (text) => void (stopping.test(text) && answerSecond()),
    });
    bridge.close();
    expect(finished.code, finished.stderr).toBe(130);
    expect(finished.stdout).toMatch(/CP-01,.*,first-password,.*\r?\nCP-02,.*,second-password,/);
    expect(finished.stderr).toContain('interrupted: 2 of 3 passwords are set');
  });
});

describe('import', () => {
  it('names what it did not read and what it cannot keep', async () => {
    const files = [
      { file: 'tariffs.csv', format: 'csv', ignored: ['Parking fee'] },
      { file: 'ocpi', format: 'ocpi', warnings: ['tariff T1 ends at 2028-01-01T00:00:00Z'] },
    ];
    const bridge = await startFakeBridge((_request, response) => {
      response.end(JSON.stringify({ dryRun: true, files, difference: [], counts: {} }));
    });
    const source = ['--ocpi-url', 'https://ocpi.example/versions', '--dry-run'];
    const { code, stdout } = await run(['import', ...source, '--url', bridge.url, '--token', 'x'], here);
    bridge.close();
    expect(code).toBe(0);
    expect(stdout).toContain('Not read in tariffs.csv: Parking fee.');
    expect(stdout).toContain('Warning: tariff T1 ends at 2028-01-01T00:00:00Z.');
  });
});

describe('completion', () => {
  it.for([
    ['""', /^serve$/m],
    ['or', /^orders$/],
    ['orders ""', /^list\nshow\nclose$/],
    ['orders list --st', /^--state\n--station$/],
    ['orders list --state ch', /^charging$/],
    ['charge-points show CP-0', /^CP-01\nCP-02\nCP-03$/m],
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
