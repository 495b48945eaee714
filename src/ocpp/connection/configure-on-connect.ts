/** What is asked of a charger once it may be spoken to: its configuration first, then its connectors' states. */
import type { Connection } from './connection.js';
import type { Edge } from './connection-context.js';

/** How long connectors may stay unspoken of before they are asked for. */
const STATUS_WAIT_MS = 10_000;

/** Never waits for, nor delays, any other command: every step has the lowest priority. */
export function configureAtConnect(edge: Edge, connection: Connection): void {
  connection.statusDueAt = edge.clock.now() + STATUS_WAIT_MS;
  const sampleIntervalS = edge.intake.sampleIntervalS(connection.id, edge.options.sampleIntervalS);
  connection.version
    .configure((command) => connection.call(command, {}), { ...edge.options, sampleIntervalS })
    .then((configuration) => {
      if (configuration) edge.intake.configured(connection.id, configuration);
    })
    .catch((fault: unknown) => {
      edge.events.emit('bug', { chargePointId: connection.id, description: `configure: ${String(fault)}` });
    });
}
