/** Converts the result of a command into a form for the domain or the log, and defines what its senders depend on. */
import type { ChargerCommandSender, CommandResult } from '../../ports/charger-commands.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';

/** Dependencies that most handlers of charger commands share. */
export interface ChargerCommandDeps {
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
  readonly events: Events;
}

export type CommandOutcome = 'accepted' | 'rejected' | 'unknown' | 'not-sent';
/** `quarantined` means that the command was not sent, because the charge point is under quarantine. */
export type StartCommandOutcome = CommandOutcome | 'quarantined';

export function toCommandOutcome(result: CommandResult): CommandOutcome {
  switch (result.kind) {
    case 'answered':
      return result.status === 'Accepted' ? 'accepted' : 'rejected';
    case 'error':
      return 'rejected';
    case 'unknown':
      return 'unknown';
    case 'not-sent':
      return result.reason === 'unsupported' ? 'rejected' : 'not-sent';
  }
}

/** Describes a result for the log: its status, its CALLERROR code, or the reason why there is neither. */
export function describeResult(result: CommandResult): string {
  switch (result.kind) {
    case 'answered':
      return result.status ?? 'answered';
    case 'error':
      return result.code;
    default:
      return result.reason;
  }
}
