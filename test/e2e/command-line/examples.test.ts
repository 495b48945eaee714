/** Runs every example of every help text, with placeholders such as ORDER_ID replaced by existing ids. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../../../src/operator/command-line/commands.js';
import type { Example } from '../../../src/operator/command-line/frame/command.js';
import { BridgeProcess } from '../bridge-process.js';
import { run, runLine, type RunOptions } from '../program.js';
import { freePorts } from '../free-ports.js';
import { networkOf } from '../test-system.js';
import { json, startInstallation, tryToConnect, withoutProgress, type Installation } from './installation.js';

const COMMANDS = allCommands({ serve: () => Promise.resolve(), sandboxProgram: () => Promise.resolve() });
const ROOT = join(import.meta.dirname, '../../..');

let installation: Installation;
let here: RunOptions;
let folder: string;

beforeAll(async () => {
  installation = await startInstallation({ spare: 2 });
  here = installation.here;
  folder = here.cwd;
  await tryToConnect(installation.system, 'CP-NEW');
  await tryToConnect(installation.system, 'cp-01');
  await run(['rejected-connections', 'approve', 'cp-01', '--as', 'CP-01'], here);
});

afterAll(() => installation.close());

describe('the examples of the help', () => {
  /** Commands that run in the foreground. Their examples have tests of their own below. */
  const FOREGROUND = ['serve', 'demo', 'sandbox', 'try'];
  /** Commands whose examples change the network, in an order that works. */
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
  /** The doctor exits with 1 because it reports a rejected charger. */
  const EXITS: { readonly [name: string]: number } = { doctor: 1 };
  /** Why there is nothing to print: the charge points of this installation have their passwords. */
  const NOTES: { readonly [line: string]: string } = {
    'passwords --csv': 'Every charge point has a password; --all gives each a new one.\n',
  };

  for (const { name, examples } of COMMANDS.filter((one) => ![...FOREGROUND, ...CHANGING].includes(one.name))) {
    it(`of ${name} do what they say`, async () => {
      for (const example of examples) {
        const line = lineOf(example);
        const finished = await runLine(`beckn-ocpp-bridge ${line}`, optionsFor(name));
        expect([line, finished.code, withoutProgress(finished.stderr)], finished.stdout).toEqual([
          line,
          EXITS[name] ?? 0,
          NOTES[line] ?? '',
        ]);
        if (/--json\b/.test(line)) expect(json(finished)).toBeDefined();
        else if (!line.includes('>')) expect(finished.stdout).not.toBe('');
      }
    });
  }

  it('of commands that change what is sold do what they say, and a fault is reported with its place', async () => {
    const cwd = join(folder, 'selling');
    mkdirSync(cwd);
    expect((await run(['init'], { cwd })).code).toBe(0);
    const bridge = new BridgeProcess(['--config', join(cwd, 'bridge.json')], FREE_PORTS);
    await bridge.start();
    writeFileSync(join(cwd, 'first.json'), JSON.stringify(networkOf(['CP-01', 'CP-02', 'CP-03'])));
    expect(await run(['import', 'first.json'], { cwd })).toMatchObject({ code: 0 });
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
    const ports = await freePorts(2);
    for (const { line } of examples) {
      const words = line.replace('PUBLIC_KEY', installation.given.publicKey).split(' ');
      const args = [...words, '--port', String(ports[0]), '--registry-port', String(ports[1])];
      const { code, stdout } = await run(args, { ...here, interruptAt: /until you press Ctrl-C/ });
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
    const { given } = installation;
    return line
      .replaceAll('SALE_STOP_ID', () => given.next('saleStop'))
      .replaceAll('ORDER_ID', line.startsWith('orders close') ? given.runningId : given.orderId);
  }

  /** Commands that write files get their own folder and settings. */
  function optionsFor(name: string): RunOptions {
    return name === 'init' || name.startsWith('keys') ? installation.ownFolder(name) : here;
  }
});
