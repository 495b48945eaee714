/** Runs the program as a user does: in a pipe, on a terminal, or through a shell. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../dist/program/main.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: { readonly [name: string]: string };
  /** Interrupts the program as soon as its output matches. */
  readonly interruptAt?: RegExp;
  /** Called whenever more output arrives, with all of it so far (stdout, then stderr) and a function that types keys. */
  onText?(text: string, type: (keys: string) => void): void;
  /** The path of another copy of the program to run instead. Only `run` uses it. */
  readonly main?: string;
}

function environment(env: RunOptions['env']): { [name: string]: string | undefined } {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(BRIDGE_|NODE_OPTIONS|VITEST|NO_COLOR|FORCE_COLOR|COLUMNS)/.test(name),
  );
  return { ...Object.fromEntries(inherited), TERM: 'xterm', ...env };
}

/** Runs the program with pipes. */
export function run(args: readonly string[], options: RunOptions): Promise<Finished> {
  return finish(process.execPath, [options.main ?? MAIN, ...args], options);
}

/** Runs a shell line in which `beckn-ocpp-bridge` is the program. */
export function runLine(line: string, options: RunOptions): Promise<Finished> {
  return finish('bash', ['-c', `beckn-ocpp-bridge() { '${process.execPath}' '${MAIN}' "$@"; }\n${line}`], options);
}

/** Runs a shell line that finds the program through PATH. */
export function runShell(line: string, options: RunOptions): Promise<Finished> {
  return finish('bash', ['-c', line], options);
}

/** Whether `script` of util-linux is available, which gives a program its own terminal. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

/** Skips tests that need a terminal if the machine has none. In CI they run and fail instead. */
export const noTerminal = !hasScript && process.env['CI'] === undefined;

interface TerminalOptions extends RunOptions {
  /** Keys to type at the start. */
  readonly input?: string;
  /** Called once at the start with a function that types keys. */
  onStart?(type: (keys: string) => void): void;
}

export const CTRL_C = '\u0003';

/** Runs a line on a terminal of 80 columns, where stdout and stderr are one stream. */
export function runOnTerminal(line: string, options: TerminalOptions): Promise<Finished> {
  const command = `stty cols 80 rows 24; exec '${process.execPath}' '${MAIN}' ${line}`;
  return finish('script', ['--quiet', '--return', '--command', command, '/dev/null'], options);
}

function finish(command: string, args: readonly string[], options: TerminalOptions): Promise<Finished> {
  const { cwd, env, interruptAt, onText, onStart, input } = options;
  const child = spawn(command, args, { cwd, env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr, isInterrupted] = ['', '', false];
  const type = (keys: string): void => void child.stdin.write(keys);
  const look = (): void => {
    onText?.(stdout + stderr, type);
    if (isInterrupted || !interruptAt?.test(stdout + stderr)) return;
    isInterrupted = true;
    child.kill('SIGINT');
  };
  child.stdout.on('data', (chunk: Buffer) => void ((stdout += chunk.toString()), look()));
  child.stderr.on('data', (chunk: Buffer) => void ((stderr += chunk.toString()), look()));
  // A closed terminal accepts no keys.
  child.stdin.on('error', () => undefined);
  onStart?.(type);
  if (input !== undefined) child.stdin.write(input);
  else if (!onStart && !onText) child.stdin.end();
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

/** Returns the lines of a terminal's output without colours. */
export function plainLines(text: string): string[] {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '').split(/\r?\n|\r/);
}
