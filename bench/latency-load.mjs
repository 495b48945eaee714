// Buyer app and chargers in one process, so that one clock measures both the confirm and the start.
import { openFleet } from './charger-connection.mjs';
import { openConnections, prepare } from './buyer.mjs';
import { serveTasks } from './load-process.mjs';
import { chargePointId } from './site.mjs';

const TICK_MS = 5;
let ready;

/** Records how late a timer of this process fires, ms: the delay that the machine adds to every figure. */
function watchLateness() {
  const late = [];
  let due = performance.now() + TICK_MS;
  const timer = setInterval(() => {
    const at = performance.now();
    late.push(Math.max(0, at - due));
    due = at + TICK_MS;
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    return late;
  };
}

serveTasks({
  /** Connects the chargers and creates the drafts. */
  async prepare({ ocppUrl, becknUrl, identity, chargePoints, connectors }) {
    const ids = Array.from({ length: chargePoints }, (_, index) => chargePointId(index));
    const connections = await openFleet(ocppUrl, ids);
    const places = connections.flatMap((_, point) =>
      Array.from({ length: connectors }, (_unused, plug) => ({ point, connectorId: plug + 1 })),
    );
    const requests = places.map((place) => ({ place, transactionId: crypto.randomUUID() }));
    const sentAt = new Array(places.length).fill(0);
    const starts = new Array(places.length).fill(NaN);
    for (const [point, connection] of connections.entries()) {
      connection.onCall = (action, { connectorId, idTag }) => {
        if (action === 'RemoteStartTransaction') {
          const index = point * connectors + connectorId - 1;
          starts[index] = performance.now() - sentAt[index];
          const payload = { connectorId, idTag, meterStart: 0, timestamp: new Date().toISOString() };
          setImmediate(() => void connection.call('StartTransaction', payload));
        }
        return { status: 'Accepted' };
      };
    }
    const buyerConnections = await openConnections(becknUrl, 32);
    const sign = (action) => Promise.all(requests.map((details) => prepare(identity, becknUrl, action, details)));
    await buyerConnections.postAll(await sign('init'));
    ready = { buyerConnections, confirms: await sign('confirm'), starts, sentAt };
    return { drafts: requests.length };
  },
  async run({ perSecond, warmUp }) {
    const { buyerConnections, confirms, starts, sentAt } = ready;
    // Neighbouring connectors belong to one charger, so they are spread over the run.
    const order = confirms
      .map((_, index) => index)
      .sort((a, b) => ((a * 7919) % confirms.length) - ((b * 7919) % confirms.length));
    const lateness = watchLateness();
    const acks = await buyerConnections.postEvenly(
      order.map((index) => confirms[index]),
      1000 / perSecond,
      (turn) => (sentAt[order[turn]] = performance.now()),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    buyerConnections.close();
    return {
      starts: order.slice(warmUp).map((index) => starts[index]),
      acks: acks.slice(warmUp),
      lateness: lateness(),
    };
  },
});
