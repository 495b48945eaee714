// Measures the frames that the server answers per CPU second, against a bare `ws` server in the same run.
import { fileURLToPath } from 'node:url';
import { figure, median, round } from './figures.mjs';
import { startLoad, startServer } from './processes.mjs';
import { makeSite, startBridge } from './site.mjs';

const SOCKETS = 200;
const AIMS = { Heartbeat: 0.75, MeterValues: 0.6 };

export async function ocppThroughput({ quick }) {
  const [rounds, seconds] = quick ? [2, 1] : [5, 2.5];
  const sink = await startLoad('sink.mjs');
  const site = await makeSite({ chargePoints: SOCKETS, sinkPort: sink.ready.port });
  const bare = await startServer(fileURLToPath(new URL('bare-ws.mjs', import.meta.url)));
  const bridge = await startBridge(site);
  const load = await startLoad('ocpp-load.mjs');
  await load.ask('connect', { server: 'bare', url: /ocpp=(\S+)/.exec(bare.ready)[1], count: SOCKETS });
  await load.ask('connect', { server: 'ours', url: bridge.ocppUrl, count: SOCKETS });
  await load.ask('charge', { server: 'ours', becknUrl: bridge.becknUrl, identity: site.buyer });

  const servers = { bare, ours: bridge };
  const runs = {};
  for (let turn = 0; turn <= rounds; turn += 1) {
    for (const message of ['Heartbeat', 'MeterValues']) {
      for (const server of turn % 2 === 0 ? ['bare', 'ours'] : ['ours', 'bare']) {
        const before = await servers[server].cpu();
        const work = () => load.ask('run', { server, message, seconds });
        const run = await (server === 'ours' ? bridge.during(`${message}-${turn}`, work) : work());
        const perCpu = run.count / ((await servers[server].cpu()) - before);
        // The first run is a warm-up.
        if (turn > 0) (runs[`${server} ${message}`] ??= []).push({ ...run, perCpu });
      }
    }
  }
  await Promise.all([load, sink, bare, bridge].map((one) => one.stop()));

  return Object.entries(AIMS).map(([message, aim]) => {
    const of = (server, read) => median(runs[`${server} ${message}`].map(read));
    const [ours, baseline] = [of('ours', (run) => run.perCpu), of('bare', (run) => run.perCpu)];
    const ratio = median(runs[`ours ${message}`].map((run, i) => run.perCpu / runs[`bare ${message}`][i].perCpu));
    const rate = (server) => round(of(server, (run) => run.count / run.seconds));
    return figure(`OCPP ${message}, messages per CPU second`, {
      ours: round(ours),
      baseline: round(baseline),
      ratio: round(ratio, 2),
      aim: `≥ ${aim}`,
      pass: ratio >= aim,
      detail: `${SOCKETS} sockets; per second ${rate('ours')} against ${rate('bare')}; p50 ${round(
        of('ours', (run) => run.p50),
        1,
      )} ms, p99 ${round(
        of('ours', (run) => run.p99),
        1,
      )} ms`,
    });
  });
}
