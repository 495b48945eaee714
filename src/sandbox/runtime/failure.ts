/** Reports why a program of the sandbox cannot go on, with the exit codes of the command line. */
import { EXIT_CODES, type Exit } from '../../operator/command-line/frame/exit-codes.js';

/** Thrown when a program cannot go on for a reason that the person can do something about. */
export class ProgramFailure extends Error {
  override readonly name: string = 'ProgramFailure';
  readonly exit: Exit;
  /** A name for programs, in kebab-case. */
  readonly code: string;

  /** @param message A sentence. */
  constructor(
    message: string,
    { exit = 'found', code = 'failed' }: { readonly exit?: Exit; readonly code?: string } = {},
  ) {
    super(message);
    this.exit = exit;
    this.code = code;
  }
}

interface Failure {
  readonly exit: Exit;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Sets the exit code, and prints text on stderr; with `--json`, one JSON object on stdout, where a program reads. */
export function reportFailure(program: string, { exit, code, message, hint }: Failure): void {
  process.exitCode = EXIT_CODES[exit].code;
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ code, error: code, message, ...(hint !== undefined && { hint }) })}\n`);
  } else {
    process.stderr.write(`${program}: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  }
}

/** Reports an error that a program ended with. The stack is shown with `--debug` only. */
export function reportError(program: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ProgramFailure) return reportFailure(program, { exit: error.exit, code: error.code, message });
  reportFailure(program, { exit: 'found', code: 'failed', message, hint: '--debug shows where it came from.' });
  if (process.argv.includes('--debug') && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}
