// Thousands of charge points with one socket each, which all lose it at once and all come back at once.
import { BOOT, ChargerLink } from './charger-link.mjs';
import { serveTasks } from './load-process.mjs';
import { chargePointId } from './site.mjs';

/** A charge point whose connect is cut or refused tries again after this. */
const AGAIN_MS = 500;
let links = [];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Connects and boots; counts the tries. */
async function come(url, id) {
  for (let tries = 1; ; tries += 1) {
    try {
      const link = await ChargerLink.open(url, id);
      await link.call('BootNotification', BOOT);
      return { link, tries };
    } catch {
      await pause(AGAIN_MS);
    }
  }
}

serveTasks({
  async open({ url, count, atOnce = 50 }) {
    const ids = Array.from({ length: count }, (_, index) => chargePointId(index));
    let next = 0;
    links = new Array(count);
    const worker = async () => {
      while (next < count) {
        const index = next++;
        links[index] = (await come(url, ids[index])).link;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return {};
  },
  /** Every socket is cut; every charge point connects in the same moment. */
  async storm({ url }) {
    const count = links.length;
    for (const link of links) link.close();
    const began = performance.now();
    const times = new Array(count);
    let again = 0;
    await Promise.all(
      links.map(async (_, index) => {
        const { link, tries } = await come(url, chargePointId(index));
        times[index] = performance.now() - began;
        again += tries - 1;
        links[index] = link;
      }),
    );
    times.sort((a, b) => a - b);
    // Whoever was let in must still be there: an evicted one has no answer.
    const alive = await Promise.all(
      links.map((link) => Promise.race([link.call('Heartbeat', {}).then(() => 1), pause(10_000).then(() => 0)])),
    );
    return {
      seconds: times.at(-1) / 1000,
      median: times[count >> 1] / 1000,
      again,
      alive: alive.reduce((total, one) => total + one, 0),
    };
  },
});
