/** Describes why a command cannot be carried out. */
import type { Exit } from './exit-codes.js';

export interface FailureReport {
  /** A machine-readable code, in kebab-case. */
  readonly error: string;
  /** What failed, in one sentence. */
  readonly message: string;
  /** What to do about it, including the command that helps, if there is one. */
  readonly hint?: string;
  /** Each thing that is wrong, if there are several. */
  readonly problems?: readonly string[];
  /** The faults of imported files, as the API reports them. */
  readonly faults?: readonly { readonly [name: string]: unknown }[];
  /** The number of all faults; the API lists only the first ones. */
  readonly faultCount?: number;
}

/** Thrown by commands. The program prints it without a stack trace and exits with `exit`. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    readonly exit: Exit,
    readonly report: FailureReport,
  ) {
    super(report.message);
  }
}

/** @param hint Which command or option helps. */
export function usageFailure(message: string, hint?: string): CommandFailure {
  return new CommandFailure('usage', { error: 'wrong-usage', message, ...(hint !== undefined && { hint }) });
}
