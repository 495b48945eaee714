/** A charger's answer to a command, in the heart's four words. */
import type { CommandResult } from '../../ports/charger-events.js';

export type CommandOutcome = 'accepted' | 'rejected' | 'unknown' | 'not-sent';
/** `barred`: its charge point is in quarantine, so it did not leave. */
export type StartCommandOutcome = CommandOutcome | 'quarantined';

export function toCommandOutcome(answer: CommandResult): CommandOutcome {
  switch (answer.kind) {
    case 'answered':
      return answer.status === 'Accepted' ? 'accepted' : 'rejected';
    case 'error':
      return 'rejected';
    case 'unknown':
      return 'unknown';
    case 'not-sent':
      return answer.reason === 'unsupported' ? 'rejected' : 'not-sent';
  }
}

/** For logs: the status, the error code, or why there is none. */
export function describeResult(answer: CommandResult): string {
  switch (answer.kind) {
    case 'answered':
      return answer.status ?? 'answered';
    case 'error':
      return answer.code;
    default:
      return answer.reason;
  }
}
