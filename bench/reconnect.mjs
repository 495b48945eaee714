// Measures the time until all charge points have booted again after all sockets drop and reconnect at once.
import { fileURLToPath } from 'node:url';
import { figure, median, round } from './figures.mjs';
import { startLoad, startServer } from './processes.mjs';
import { makeSite, startBridge } from './site.mjs';

const AIM_S = 15;

export async function reconnect({ quick }) {
  const sockets = quick ? 1500 : 5000;
  const rounds = quick ? 1 : 3;
  const site = await makeSite({ chargePoints: sockets, sinkPort: 9 });
  const runs = { bare: [], ours: [] };
  for (const name of ['bare', 'ours']) {
    const server =
      name === 'ours'
        ? await startBridge(site, { pinned: false })
        : await startServer(fileURLToPath(new URL('bare-ws.mjs', import.meta.url)), [], { pinned: false });
    const load = await startLoad('reconnect-load.mjs');
    const url = server.ocppUrl ?? /ocpp=(\S+)/.exec(server.ready)[1];
    await load.ask('open', { url, count: sockets });
    for (let turn = 0; turn < rounds; turn += 1) runs[name].push(await load.ask('storm', { url }));
    await Promise.all([server.stop(), load.stop()]);
  }
  const of = (name, read) => median(runs[name].map(read));
  const seconds = of('ours', (run) => run.seconds);
  const lost = sockets - Math.min(...runs.ours.map((run) => run.alive));
  return [
    figure(`${sockets} chargers reconnecting at once, s until all are booted`, {
      ours: round(seconds, 1),
      baseline: round(
        of('bare', (run) => run.seconds),
        1,
      ),
      ratio: round(seconds / of('bare', (run) => run.seconds), 1),
      aim: `≤ ${AIM_S} s`,
      pass: seconds <= AIM_S && lost === 0,
      detail: `half of them within ${round(
        of('ours', (run) => run.median),
        1,
      )} s; ${of('ours', (run) => run.retries)} attempts were repeated; ${lost} evicted or silent afterwards; every boot is on disk before its answer`,
    }),
  ];
}
