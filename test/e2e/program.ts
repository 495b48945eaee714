/** The program as a person runs it: in a pipe, on a terminal, through a shell. */
import { spawn } from 'node:child_process';
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
  /** Sent this many ms after the start. */
  readonly interruptAfterMs?: number;
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

/** Runs a line on a terminal of 80 columns. Its stdout and stderr are one, as on any terminal. */
export function runOnTerminal(line: string, options: RunOptions & { readonly input?: string }): Promise<Finished> {
  const command = `stty cols 80 rows 24; '${process.execPath}' '${MAIN}' ${line}`;
  return finish('script', ['--quiet', '--return', '--command', command, '/dev/null'], options, options.input);
}

function finish(
  command: string,
  args: readonly string[],
  { cwd, env, interruptAfterMs }: RunOptions,
  input?: string,
): Promise<Finished> {
  const child = spawn(command, args, { cwd, env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  if (input === undefined) child.stdin.end();
  else child.stdin.write(input);
  const timer = interruptAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGINT'), interruptAfterMs);
  return new Promise((resolve) =>
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    }),
  );
}

/** The lines of a terminal without colours. */
export function plainLines(text: string): string[] {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '').split(/\r?\n|\r/);
}
