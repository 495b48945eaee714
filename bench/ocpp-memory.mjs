// Measures the memory of an idle charge point, against a bare `ws` server in the same run.
import { fileURLToPath } from 'node:url';
import { figure, round } from './figures.mjs';
import { startLoad, startServer } from './processes.mjs';
import { makeSite, startBridge } from './site.mjs';

const AIM_KB = 12;
/** Sockets opened and closed before the first measurement, so that memory allocated on first use does not count. */
const WARM_UP = 300;

export async function ocppMemory({ quick }) {
  const sockets = quick ? 1500 : 5000;
  const site = await makeSite({ chargePoints: sockets, sinkPort: 9 });
  const measured = {};
  for (const name of ['bare', 'ours']) {
    const server =
      name === 'ours'
        ? await startBridge(site, { nodeArgs: ['--expose-gc'] })
        : await startServer(fileURLToPath(new URL('bare-ws.mjs', import.meta.url)), [], { nodeArgs: ['--expose-gc'] });
    const load = await startLoad('idle-load.mjs');
    const url = server.ocppUrl ?? /ocpp=(\S+)/.exec(server.ready)[1];
    await load.ask('open', { url, count: WARM_UP, keep: false });
    const before = await server.memory();
    const { perSecond } = await load.ask('open', { url, count: sockets, keep: true });
    const after = await server.memory();
    const perSocket = (key) => (after[key] - before[key]) / 1024 / sockets;
    measured[name] = { rss: perSocket('rss'), heap: perSocket('heapUsed'), perSecond };
    await Promise.all([server.stop(), load.stop()]);
  }
  const { bare, ours } = measured;
  return [
    figure('OCPP idle socket, KB of resident memory', {
      ours: round(ours.rss, 1),
      baseline: round(bare.rss, 1),
      ratio: round(ours.rss / bare.rss, 2),
      aim: `≤ ${AIM_KB} KB`,
      pass: ours.rss <= AIM_KB,
      detail: `${sockets} sockets, booted; heap ${round(ours.heap, 1)} against ${round(bare.heap, 1)} KB; connected and booted ${round(ours.perSecond)} against ${round(bare.perSecond)} per second`,
    }),
  ];
}
