// Thousands of charge points that boot once and then stay silent.
import { openFleet } from './charger-link.mjs';
import { serveTasks } from './load-process.mjs';
import { chargePointId } from './site.mjs';

let links = [];

serveTasks({
  async open({ url, count, keep }) {
    const began = performance.now();
    const ids = Array.from({ length: count }, (_, index) => chargePointId(index));
    links = await openFleet(url, ids);
    if (!keep) for (const link of links) link.close();
    return { perSecond: count / ((performance.now() - began) / 1000) };
  },
});
