/**
 * Every command as a user runs it: in a pipe, with --json, with lines that fail, on a terminal of 80 columns, with
 * NO_COLOR, with a reader that closes the pipe, and with Ctrl-C. `beforeAll` starts the runs: those that mostly
 * wait at once, the others two at a time. Most tests then check one of them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command as Parser } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandGroups } from '../../../src/operator/command-line/commands.js';
import { EXIT_CODES } from '../../../src/operator/command-line/frame/exit-codes.js';
import { buildParser } from '../../../src/operator/command-line/frame/parse.js';
import {
  CTRL_C,
  noTerminal,
  plainLines,
  run,
  runLine,
  runOnTerminal,
  type Finished,
  type RunOptions,
} from '../program.js';
import { json, startInstallation, withoutProgress, type Installation } from './installation.js';
import { ROWS, type Row } from './rows.js';

const NOTE_LOADED_PACKAGES = join(import.meta.dirname, 'note-loaded-packages.cjs');
const HOLD = join(import.meta.dirname, 'hold.cjs');
const NOTHING = { serve: () => Promise.resolve(), sandboxProgram: () => Promise.resolve() };
const PARSER = buildParser({
  groups: commandGroups(NOTHING),
  version: '1',
  stdout: process.stdout,
  run: () => Promise.resolve(),
});
const COMMANDS = leavesOf(PARSER, '');
const CORES = 2;
const SGR = /\u001b\[[0-9;]*m/; // oxlint-disable-line no-control-regex
const STACK = /^\s+at .*:\d+/m;

type Mode = 'pipe' | 'json' | 'terminal' | 'noColour' | 'closed' | 'interrupted' | `fails ${number}`;

let installation: Installation;
const runs = new Map<string, Promise<Finished>>();
const waiting: (() => Promise<void>)[] = [];

/** Returns the full names of the commands that commander knows. */
function leavesOf(parser: Parser, path: string): string[] {
  return parser.commands.flatMap((command) => {
    const name = `${path}${command.name()}`;
    return command.commands.length > 0 ? leavesOf(command, `${name} `) : [name];
  });
}

beforeAll(async () => {
  installation = await startInstallation();
  for (const [name, row] of Object.entries(ROWS)) begin(name, row);
  for (let lane = 0; lane < CORES; lane += 1) void work();
});

afterAll(() => installation.close());

async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) await next();
}

/**
 * Plans a run. A long run mostly waits, so it starts at once. The runs of a command with a folder of its own change what
 * is in it, so they run one after another.
 */
function plan(name: string, mode: Mode, { isLong, ownFolder }: Row, start: () => Promise<Finished>): void {
  const before = ownFolder ? [...runs].filter(([key]) => key.startsWith(`${name}: `)).map(([, run]) => run) : [];
  const finished = new Promise<Finished>((resolve, reject) => {
    const begin = (): Promise<void> => Promise.allSettled(before).then(start).then(resolve, reject);
    if (isLong && !mode.startsWith('fails')) void begin();
    else waiting.push(begin);
  });
  finished.catch(() => undefined);
  runs.set(`${name}: ${mode}`, finished);
}

function begin(name: string, row: Row): void {
  const { given, here, ownFolder } = installation;
  const options = row.ownFolder ? ownFolder(name) : here;
  const inPipe =
    (more: string, env: RunOptions['env'] = {}) =>
    (): Promise<Finished> => {
      const line = `${row.works(given)}${more}`;
      const inEnv = { ...options, env: { ...options.env, ...env } };
      if (!row.runsUntil) return runLine(`beckn-ocpp-bridge ${line}`, inEnv);
      return run(line.split(' '), { ...inEnv, interruptAt: row.runsUntil });
    };
  const onTerminal = (env: RunOptions['env']): (() => Promise<Finished>) => {
    const stop = row.runsUntil && { onText: pressAt(row.runsUntil) };
    return () => runOnTerminal(`${row.works(given)}`, { ...options, ...stop, env: { ...options.env, ...env } });
  };
  plan(name, 'pipe', row, inPipe(''));
  const noting = { NODE_OPTIONS: `--require ${NOTE_LOADED_PACKAGES}`, NOTED_IN: notesOf(name) };
  plan(name, 'json', row, inPipe(' --json', noting));
  if (!row.ignoresClosedPipe)
    plan(name, 'closed', row, () =>
      runLine(`beckn-ocpp-bridge ${row.works(given)} | true; exit \${PIPESTATUS[0]}`, options),
    );
  for (const [index, [line]] of row.fails.entries())
    plan(name, `fails ${index}`, row, () => runLine(`beckn-ocpp-bridge ${line} --json`, options));
  if (noTerminal) return;
  plan(name, 'terminal', row, onTerminal({}));
  plan(name, 'noColour', row, onTerminal({ NO_COLOR: '1' }));
  plan(name, 'interrupted', row, () => interrupt(name, row, options));
}

/** Presses Ctrl-C once, as soon as the output matches. */
function pressAt(pattern: RegExp): (text: string, type: (keys: string) => void) => void {
  let isPressed = false;
  return (text, type) => {
    if (isPressed || !pattern.test(text)) return;
    isPressed = true;
    type(CTRL_C);
  };
}

function interrupt(name: string, { works, interrupted }: Row, options: RunOptions): Promise<Finished> {
  const { given, asked } = installation;
  const line = works(given);
  const at = interrupted?.at ?? 'request';
  if (at === 'start') {
    const env = { ...options.env, NODE_OPTIONS: `--require ${HOLD}`, HOLD_AT: 'start' };
    return runOnTerminal(line, { ...options, env, onText: pressAt(/^held/m) });
  }
  if (at === 'request') {
    const token = `token-of-${name.replaceAll(' ', '-')}`;
    const onStart = (type: (keys: string) => void): void => void asked(token).then(() => type(CTRL_C));
    return runOnTerminal(`${line} --url ${given.silentUrl} --token ${token}`, { ...options, onStart });
  }
  if (at !== 'question') return runOnTerminal(line, { ...options, onText: pressAt(at) });
  const asking = name === 'init' ? 'init asked' : line.replace(/ --yes$| --profile 1$/, '');
  return runOnTerminal(asking, { ...options, onText: pressAt(/\] $/) });
}

function notesOf(name: string): string {
  return join(installation.here.cwd, `${name.replaceAll(' ', '-')}.loaded`);
}

async function finishedOf(name: string, mode: Mode): Promise<Finished> {
  const run = runs.get(`${name}: ${mode}`);
  if (!run) throw new Error(`${name} was not run (${mode})`);
  const finished = await run;
  expect(finished.stdout + finished.stderr).not.toMatch(STACK);
  return finished;
}

/** Returns the part of stderr that the command should not have written. */
const unexpectedIn = (text: string, { logs }: Row): string =>
  withoutProgress(text).replaceAll(logs ? /^\{.*\}\n/gm : /$^/g, '');

function documentsIn(text: string, { streams }: Row): unknown[] {
  const texts = streams ? text.trimEnd().split('\n') : [text];
  return texts.map((one) => JSON.parse(one) as unknown);
}

describe('the table', () => {
  it('has a row for every command that the parser knows, and no other', () => {
    expect(COMMANDS.length).toBeGreaterThan(30);
    expect(Object.keys(ROWS).sort()).toEqual([...COMMANDS].sort());
  });

  it('ends commands with every exit code that the documents list', () => {
    const seen = Object.values(ROWS).flatMap(({ fails, exit = 0, interrupted }) => [
      ...fails.map(([, code]) => code),
      exit,
      interrupted?.exit ?? EXIT_CODES.interrupted.code,
    ]);
    const listed = Object.values(EXIT_CODES).map(({ code }) => code);
    expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(listed);
  });
});

describe.for(Object.entries(ROWS))('%s', ([name, row]) => {
  const { exit = 0, interrupted, mayBeWide } = row;

  it('writes plain text into a pipe, and nothing to stderr', async () => {
    const { code, stdout, stderr } = await finishedOf(name, 'pipe');
    expect([code, unexpectedIn(stderr, row)], stdout).toEqual([exit, '']);
    expect(stdout).not.toBe('');
    expect(stdout).not.toContain('\u001b');
  });

  it('prints JSON with --json, and nothing else on stdout', async () => {
    const { code, stdout, stderr } = await finishedOf(name, 'json');
    // If stdout is a stream of messages, the text for people goes to stderr.
    expect([code, row.streams ? '' : unexpectedIn(stderr, row)], stdout).toEqual([exit, '']);
    for (const document of documentsIn(stdout, row)) expect(document).toBeTypeOf('object');
  });

  // Commands of the sandbox are separate modules, which this check cannot inspect.
  it.skipIf(row.streams)(row.readsKeys ? 'loads libsodium' : 'loads no libsodium, which it does not need', async () => {
    await finishedOf(name, 'json');
    expect(readFileSync(notesOf(name), 'utf8')).toBe(row.readsKeys ? 'libsodium\n' : '');
  });

  it.skipIf(row.ignoresClosedPipe)('ends quietly if the reader of its pipe leaves', async () => {
    const { code, stderr } = await finishedOf(name, 'closed');
    expect([row.isLong ? [0, 130] : [exit], unexpectedIn(stderr, row)]).toEqual([expect.arrayContaining([code]), '']);
  });

  it.for(row.fails.map((failure, index) => [...failure, index] as const))(
    'fails as a document: "%s" with %d %s',
    async ([line, failure, error, index]) => {
      const { code, stdout, stderr } = await finishedOf(name, `fails ${index}`);
      const document = json({ code, stdout, stderr });
      expect([line, code, document['error']], stderr).toEqual([line, failure, error]);
      if (!row.streams) expect(unexpectedIn(stderr, row)).toBe('');
      if (error !== undefined) expect(document['message']).toMatch(/^\S.*[^\s]$/s);
    },
  );

  it.skipIf(noTerminal)('fits a terminal of 80 columns', async () => {
    const { code, stdout } = await finishedOf(name, 'terminal');
    expect(code, stdout).toBe(exit);
    const lines = plainLines(stdout).filter((line) => !mayBeWide?.test(line));
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it.skipIf(noTerminal)('shows the same without colours where NO_COLOR is set', async () => {
    const { code, stdout } = await finishedOf(name, 'noColour');
    expect(code, stdout).toBe(exit);
    expect(stdout).not.toMatch(SGR);
  });

  it.skipIf(noTerminal)('ends at Ctrl-C', async () => {
    const { code, stdout } = await finishedOf(name, 'interrupted');
    const { at = 'request', exit: expected = EXIT_CODES.interrupted.code } = interrupted ?? {};
    expect(code, stdout).toBe(expected);
    if (at === 'question' || at === 'request') expect(stdout).toContain('interrupted');
  });
});

describe('a command whose result is printed', () => {
  it.each(['version', 'orders list'])('has done its work: Ctrl-C no longer changes how %s exits', async (line) => {
    const { here } = installation;
    const env = { ...here.env, NODE_OPTIONS: `--require ${HOLD}`, HOLD_AT: 'result' };
    const { code, stdout, stderr } = await runLine(`beckn-ocpp-bridge ${line}`, { ...here, env });
    expect([code, withoutProgress(stderr)], stdout).toEqual([0, '']);
  });
});
