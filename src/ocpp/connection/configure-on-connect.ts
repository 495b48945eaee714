/** What is asked of a charger once it may be spoken to: its configuration first, then its connectors' states. */
import type { Connection } from './connection.js';
import type { ConnectionContext } from './connection-context.js';

/** How long connectors may stay unspoken of before they are asked for. */
const STATUS_TIMEOUT_MS = 10_000;

/** Never waits for, nor delays, any other command: every step has the lowest priority. */
export function configureOnConnect(edge: ConnectionContext, connection: Connection): void {
  connection.statusDueAt = edge.clock.now() + STATUS_TIMEOUT_MS;
  const sampleIntervalS = edge.chargerEvents.sampleIntervalS(connection.id, edge.options.sampleIntervalS);
  connection.version
    .configure((command) => connection.submitCommand(command, {}), { ...edge.options, sampleIntervalS })
    .then((configuration) => {
      if (configuration) edge.chargerEvents.configurationRead(connection.id, configuration);
    })
    .catch((fault: unknown) => {
      edge.events.emit('bug', { chargePointId: connection.id, description: `configure: ${String(fault)}` });
    });
}
