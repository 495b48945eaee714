// Buyer and chargers in one process, so that one clock sees the confirm leave and the start arrive.
import { openFleet } from './charger-link.mjs';
import { openLines, prepare } from './buyer.mjs';
import { serveTasks } from './load-process.mjs';
import { chargePointId } from './site.mjs';

const TICK_MS = 5;
let ready;

/** How late a timer of this very process was, ms: what the machine adds to every figure. */
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
  /** Opens the chargers and makes the drafts. */
  async prepare({ ocppUrl, becknUrl, identity, chargePoints, connectors }) {
    const ids = Array.from({ length: chargePoints }, (_, index) => chargePointId(index));
    const links = await openFleet(ocppUrl, ids);
    const places = links.flatMap((_, point) =>
      Array.from({ length: connectors }, (_unused, plug) => ({ point, connectorId: plug + 1 })),
    );
    const details = places.map((place) => ({ place, transactionId: crypto.randomUUID() }));
    const sentAt = new Array(places.length).fill(0);
    const starts = new Array(places.length).fill(NaN);
    for (const [point, link] of links.entries()) {
      link.onCall = (action, { connectorId, idTag }) => {
        if (action === 'RemoteStartTransaction') {
          const index = point * connectors + connectorId - 1;
          starts[index] = performance.now() - sentAt[index];
          const payload = { connectorId, idTag, meterStart: 0, timestamp: new Date().toISOString() };
          setImmediate(() => void link.call('StartTransaction', payload));
        }
        return { status: 'Accepted' };
      };
    }
    const lines = await openLines(becknUrl, 32);
    const sign = (action) => Promise.all(details.map((one) => prepare(identity, becknUrl, action, one)));
    await lines.postAll(await sign('init'));
    ready = { lines, confirms: await sign('confirm'), starts, sentAt };
    return { drafts: details.length };
  },
  async run({ perSecond, warmUp }) {
    const { lines, confirms, starts, sentAt } = ready;
    // Neighbouring connectors are of one charger: spread them over the run.
    const order = confirms
      .map((_, index) => index)
      .sort((a, b) => ((a * 7919) % confirms.length) - ((b * 7919) % confirms.length));
    const lateness = watchLateness();
    const acks = await lines.postEvenly(
      order.map((index) => confirms[index]),
      1000 / perSecond,
      (turn) => (sentAt[order[turn]] = performance.now()),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    lines.close();
    return {
      starts: order.slice(warmUp).map((index) => starts[index]),
      acks: acks.slice(warmUp),
      lateness: lateness(),
    };
  },
});
