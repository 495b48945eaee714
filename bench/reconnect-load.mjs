// Thousands of charge points with one socket each. All sockets drop at once, and all charge points reconnect at once.
import { BOOT, ChargerConnection } from './charger-connection.mjs';
import { serveTasks } from './load-process.mjs';
import { chargePointId } from './site.mjs';

/** The wait of a charge point after a dropped or refused connection attempt. */
const RETRY_MS = 500;
let connections = [];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Connects and boots, however often it has to try, and counts the attempts. */
async function connectAndBoot(url, id) {
  for (let tries = 1; ; tries += 1) {
    try {
      const connection = await ChargerConnection.open(url, id);
      await connection.call('BootNotification', BOOT);
      return { connection, tries };
    } catch {
      await pause(RETRY_MS);
    }
  }
}

serveTasks({
  async open({ url, count, atOnce = 50 }) {
    const ids = Array.from({ length: count }, (_, index) => chargePointId(index));
    let next = 0;
    connections = new Array(count);
    const worker = async () => {
      while (next < count) {
        const index = next++;
        connections[index] = (await connectAndBoot(url, ids[index])).connection;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return {};
  },
  /** Drops every socket and reconnects every charge point at the same moment. */
  async storm({ url }) {
    const count = connections.length;
    for (const connection of connections) connection.close();
    const began = performance.now();
    const times = new Array(count);
    let retries = 0;
    await Promise.all(
      connections.map(async (_, index) => {
        const { connection, tries } = await connectAndBoot(url, chargePointId(index));
        times[index] = performance.now() - began;
        retries += tries - 1;
        connections[index] = connection;
      }),
    );
    times.sort((a, b) => a - b);
    // Every accepted charge point must still be connected: an evicted one gets no answer.
    const alive = await Promise.all(
      connections.map((connection) =>
        Promise.race([connection.call('Heartbeat', {}).then(() => 1), pause(10_000).then(() => 0)]),
      ),
    );
    return {
      seconds: times.at(-1) / 1000,
      median: times[count >> 1] / 1000,
      retries,
      alive: alive.reduce((total, one) => total + one, 0),
    };
  },
});
