/** The command line conventions of the sandbox programs: --help and --version exit with 0, a wrong argument with 2. */
import { programVersion } from '../../config/program-version.js';

export interface Program {
  readonly name: string;
  readonly usage: string;
  /** The command that prints the usage. */
  readonly helpCommand: string;
}

/** The flags of a run, a text that was asked for, or what is wrong. */
export type CommandLine<Flags> = { readonly flags: Flags } | { readonly output: string } | { readonly problem: string };

/** A wrong argument. The message has no full stop. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** The options of every program, for `parseArgs`. */
export const STANDARD_OPTIONS = {
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} as const;

export const EXIT_WRONG_USAGE = 2;

/** @param parse Parses the arguments with `STANDARD_OPTIONS` among the options; it may throw what `parseArgs` throws. */
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
    // The rest of a parseArgs message explains how to pass positional arguments, which no program here takes.
    const [problem = ''] = error.message.split(/\.\s/);
    return { problem: `${program.name}: ${problem}\nTry '${program.helpCommand}' for the list of options.` };
  }
}

/** Prints a text that was asked for, or a problem, and sets the exit code. @returns The flags when there is a run. */
export function printUnlessRun<Flags>(commandLine: CommandLine<Flags>): Flags | undefined {
  if ('flags' in commandLine) return commandLine.flags;
  if ('output' in commandLine) {
    process.stdout.write(`${commandLine.output}\n`);
  } else {
    process.stderr.write(`${commandLine.problem}\n`);
    process.exitCode = EXIT_WRONG_USAGE;
  }
  return undefined;
}

function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}
