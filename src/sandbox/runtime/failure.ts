/** Reports why a program of the sandbox cannot go on, with the exit codes of the command line. */
import { EXIT_CODES, type Exit } from '../../operator/command-line/frame/exit-codes.js';

/** Thrown when a program cannot go on, for a reason that the user may be able to remedy. */
export class ProgramFailure extends Error {
  override readonly name: string = 'ProgramFailure';
  readonly exit: Exit;
  /** A machine-readable code, in kebab-case. */
  readonly code: string;
  /** What to do about it. */
  readonly hint: string | undefined;

  /** @param message A sentence. */
  constructor(message: string, { exit = 'found', code = 'failed', hint }: Partial<Omit<Failure, 'message'>> = {}) {
    super(message);
    this.exit = exit;
    this.code = code;
    this.hint = hint;
  }
}

interface Failure {
  readonly exit: Exit;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Sets the exit code. Prints the failure as text on stderr or, with `--json`, as one JSON object on stdout. */
export function reportFailure(program: string, { exit, code, message, hint }: Failure): void {
  process.exitCode = EXIT_CODES[exit].code;
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ code, error: code, message, ...(hint !== undefined && { hint }) })}\n`);
  } else {
    process.stderr.write(`${program}: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  }
}

/** Reports an error that ended a program. The stack is shown with `--debug` only. */
export function reportError(program: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ProgramFailure) {
    const { exit, code, hint } = error;
    return reportFailure(program, { exit, code, message, ...(hint !== undefined && { hint }) });
  }
  reportFailure(program, { exit: 'found', code: 'failed', message, hint: '--debug shows where it came from.' });
  if (process.argv.includes('--debug') && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}
