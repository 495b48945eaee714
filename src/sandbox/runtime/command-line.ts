/** Reads the command lines of the sandbox programs: --help and --version exit with 0, wrong arguments with 2. */
import { programVersion } from '../../config/program-version.js';
import { reportFailure } from './failure.js';

export interface Program {
  readonly name: string;
  readonly usage: string;
  /** The command that prints the usage, if the program was started on its own. */
  readonly helpCommand: string;
}

/** The flags of a run, the text to print instead, or what is wrong. */
export type CommandLine<Flags> =
  | { readonly flags: Flags }
  | { readonly output: string }
  | { readonly program: string; readonly problem: string; readonly hint: string };

/** Thrown for a wrong argument. The message has no full stop. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** The `parseArgs` options that every program has. */
export const STANDARD_OPTIONS = {
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
  debug: { type: 'boolean', default: false },
} as const;

/** The program name in `process.argv` if a sandbox program runs as a command of the bridge. */
const BRIDGE_PROGRAM = 'beckn-ocpp-bridge';

/**
 * Runs `parse` and turns its result or error into a CommandLine.
 * @param parse Parses the arguments. It may throw an ArgumentError or an error of `parseArgs`.
 */
export function readCommandLine<Flags extends object>(
  program: Program,
  parse: () => Flags | 'help' | 'version',
): CommandLine<Flags> {
  try {
    const result = parse();
    if (result === 'help') return { output: program.usage };
    if (result === 'version') return { output: programVersion() };
    return { flags: result };
  } catch (error) {
    if (!(error instanceof ArgumentError) && !isParseArgsError(error)) throw error;
    // The rest of a parseArgs message explains how to pass an argument that begins with a dash, which no program needs.
    const [problem = ''] = error.message.split(/\.\s/);
    const asCommand = process.argv[1] === BRIDGE_PROGRAM ? `${BRIDGE_PROGRAM} ${program.name} --help` : undefined;
    const hint = `Try '${asCommand ?? program.helpCommand}' for the list of options.`;
    return { program: program.name, problem, hint };
  }
}

/**
 * Prints the output or the problem, if there is one. A problem also sets the exit code.
 * @returns The flags, if the program is to run.
 */
export function printUnlessRun<Flags>(commandLine: CommandLine<Flags>): Flags | undefined {
  if ('flags' in commandLine) return commandLine.flags;
  if ('output' in commandLine) {
    process.stdout.write(`${commandLine.output}\n`);
  } else {
    const { program, problem: message, hint } = commandLine;
    reportFailure(program, { exit: 'usage', code: 'wrong-usage', message, hint });
  }
  return undefined;
}

function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}

const RAW_KEY_BYTES = 32;
/** The fixed prefix of an Ed25519 key's SubjectPublicKeyInfo. @source RFC 8410 §4. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Reads an Ed25519 public key: base64 of the 32 raw bytes, or of their DER form.
 * @errors ArgumentError
 */
export function readPublicKey(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (isBase64 && bytes.length === RAW_KEY_BYTES) return bytes;
  const prefixLength = SPKI_PREFIX.length;
  if (isBase64 && bytes.length === prefixLength + RAW_KEY_BYTES && bytes.subarray(0, prefixLength).equals(SPKI_PREFIX))
    return bytes.subarray(prefixLength);
  throw new ArgumentError('--public-key must be an Ed25519 public key in base64');
}

const MAX_PORT = 65_535;

/** Returns the value of an option that has no default. @errors ArgumentError */
export function required(name: string, value: string | undefined): string {
  if (!value) throw new ArgumentError(`--${name} is required`);
  return value;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

/** Reads a port; 0 means any free one. @errors ArgumentError */
function readPort(name: string, text: string): number {
  const port = readNumber(name, text, { min: 0, max: MAX_PORT });
  if (!Number.isInteger(port)) throw new ArgumentError(`--${name} must be a whole number, not '${text}'`);
  return port;
}

/** Reads a number within its limits. @errors ArgumentError */
export function readNumber(
  name: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max))
    throw new ArgumentError(`--${name} must be a number from ${min} to ${max}, not '${text}'`);
  return value;
}

/** Checks that each option that is given is an http or https URL. @errors ArgumentError */
export function checkUrls(options: { readonly [name: string]: string | undefined }): void {
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !isHttpUrl(value))
      throw new ArgumentError(`--${name} must be an http or https URL, not '${value}'`);
}

/**
 * Reads the ports of a provider and of its registry. The registry's port is by default the one after the provider's, or
 * any free one if the provider's is 0 or the highest.
 * @errors ArgumentError
 */
export function readPorts(provider: string, registry: string | undefined) {
  const port = readPort('port', provider);
  const nextPort = port === 0 || port === MAX_PORT ? 0 : port + 1;
  return { port, registryPort: readPort('registry-port', registry ?? String(nextPort)) };
}
