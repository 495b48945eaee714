/** Configures a charger after it connects, and sets the deadline for its first StatusNotification. */
import { report } from '../../observe/report.js';
import type { ChargerCommand, CommandResult } from '../../ports/charger-commands.js';
import type { ChargerConnection, ConnectionContext } from './connection-context.js';

/** How long we wait for a StatusNotification before we request one, ms. */
const STATUS_TIMEOUT_MS = 10_000;

/** Starts the configuration and returns at once. Its commands have the lowest priority and are sent one by one. */
export function configureOnConnect(
  { clock, chargerEvents, events, options }: ConnectionContext,
  connection: ChargerConnection,
): void {
  const { id, version } = connection;
  connection.statusDueAt = clock.monotonic() + STATUS_TIMEOUT_MS;
  const sampleIntervalS = chargerEvents.sampleIntervalS(id, options.sampleIntervalS);
  version
    .configure((command) => sendTo(connection, command), { sampleIntervalS })
    .then((configuration) => {
      if (configuration) chargerEvents.configurationRead(id, configuration);
    })
    .catch((fault: unknown) => {
      report(events, 'configuration at connect', fault, { chargePointId: id });
    });
}

function sendTo(connection: ChargerConnection, command: ChargerCommand): Promise<CommandResult> {
  const result = connection.queueCommand(command, {});
  connection.resumeSending();
  return result;
}
