// Thousands of charge points that boot once and then stay silent.
import { openFleet } from './charger-connection.mjs';
import { serveTasks } from './load-process.mjs';
import { chargePointId } from './site.mjs';

let connections = [];

serveTasks({
  async open({ url, count, keep }) {
    const began = performance.now();
    const ids = Array.from({ length: count }, (_, index) => chargePointId(index));
    connections = await openFleet(url, ids);
    if (!keep) for (const connection of connections) connection.close();
    return { perSecond: count / ((performance.now() - began) / 1000) };
  },
});
