/** The program as a person runs it: in a pipe, on a terminal, through a shell. */
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
  /** Interrupts the program as soon as it has written this. */
  readonly interruptAt?: RegExp;
  /** Called with all that was written so far, whenever there is more. */
  onText?(text: string, type: (keys: string) => void): void;
  /** Another copy of the program. */
  readonly main?: string;
}

function environment(env: RunOptions['env']): { [name: string]: string | undefined } {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(BRIDGE_|NODE_OPTIONS|VITEST|NO_COLOR|FORCE_COLOR|COLUMNS)/.test(name),
  );
  return { ...Object.fromEntries(inherited), TERM: 'xterm', ...env };
}

/** Runs a command in a pipe. */
export function run(args: readonly string[], options: RunOptions): Promise<Finished> {
  return finish(process.execPath, [options.main ?? MAIN, ...args], options);
}

/** Runs a line of a shell, in which `beckn-ocpp-bridge` is the program. */
export function runLine(line: string, options: RunOptions): Promise<Finished> {
  return finish('bash', ['-c', `beckn-ocpp-bridge() { '${process.execPath}' '${MAIN}' "$@"; }\n${line}`], options);
}

/** Runs a line of a shell that finds the program by its PATH. */
export function runShell(line: string, options: RunOptions): Promise<Finished> {
  return finish('bash', ['-c', line], options);
}

/** `script` of util-linux gives a program a terminal of its own. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

/** Tests on a terminal are skipped where the machine has none, except in CI: there they fail. */
export const noTerminal = !hasScript && process.env['CI'] === undefined;

interface TerminalOptions extends RunOptions {
  /** Typed at once. */
  readonly input?: string;
  /** Called once, with a way to press keys. */
  onStart?(type: (keys: string) => void): void;
}

export const CTRL_C = '\u0003';

/** Runs a line on a terminal of 80 columns. Its stdout and stderr are one, as on any terminal. */
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
  // A terminal that has ended takes no keys.
  child.stdin.on('error', () => undefined);
  onStart?.(type);
  if (input !== undefined) child.stdin.write(input);
  else if (!onStart && !onText) child.stdin.end();
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

/** The lines of a terminal without colours. */
export function plainLines(text: string): string[] {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '').split(/\r?\n|\r/);
}
