// Measures signed requests up to their durable ACK. The baselines in the same run are bare `node:http` servers that
// check the same signatures and store nothing: one answers ACK only, the other also signs and posts a callback, as a
// BPP must.
import { fileURLToPath } from 'node:url';
import { figure, median, round } from './figures.mjs';
import { startLoad, startServer } from './processes.mjs';
import { makeSite, startBridge } from './site.mjs';

const AIM = 0.6;
/** The approximate size of our on_status and on_confirm, bytes. */
const CALLBACK_BYTES = 3500;
const CONNECTORS = 2;
/** The first run is this many times longer and not counted: a process in production has long warmed up. */
const WARM_UP = 3;
/** The number of status requests per order. */
const STATUSES = 3;

export async function becknThroughput({ quick }) {
  const [rounds, each] = quick ? [2, 150] : [5, 400];
  const places = Array.from({ length: (rounds + WARM_UP) * each }, (_, index) => ({
    point: Math.floor(index / CONNECTORS),
    connectorId: (index % CONNECTORS) + 1,
  }));
  const sink = await startLoad('sink.mjs');
  const chargePoints = Math.ceil(places.length / CONNECTORS);
  const site = await makeSite({ chargePoints, connectors: CONNECTORS, sinkPort: sink.ready.port });
  const identity = site.buyer;
  const bare = (callback) =>
    startServer(
      fileURLToPath(new URL('bare-http.mjs', import.meta.url)),
      [JSON.stringify({ ...identity, callbackBytes: CALLBACK_BYTES, ...(callback && { callback: identity.bapUri }) })],
      { pinned: false },
    );
  // The process is not pinned, because a request uses the event loop, the thread pool and the store thread.
  const bridge = await startBridge(site, { pinned: false });
  const servers = { ours: bridge, ack: await bare(false), exchange: await bare(true) };
  const urlOf = (name) => /beckn=(\S+)/.exec(servers[name].ready)[1];
  const load = await startLoad('beckn-load.mjs');
  const sign = (name, action, requests) =>
    load.ask('prepare', { name, action, identity, bppUri: bridge.becknUrl, requests });
  const arrive = async (count) => {
    const arrived = await sink.ask('arrived', { count });
    if (arrived.callbacks < count) throw new Error(`${arrived.callbacks} of ${count} callbacks arrived`);
    if (arrived.refusals > 0) throw new Error(`refused: ${arrived.lastRefusal}`);
    return arrived;
  };

  /**
   * Posts the requests and waits for the last callback, if the server sends any, so that their CPU cost is included.
   */
  async function measure(server, name) {
    const before = await servers[server].cpu();
    const exchange = async () => {
      const posted = await load.ask('post', { name, url: urlOf(server) });
      return { ...posted, ...(server !== 'ack' && (await arrive(posted.count))) };
    };
    const began = performance.now();
    const run = await (server === 'ours' ? bridge.during(name, exchange) : exchange());
    const whole = (performance.now() - began) / 1000;
    const cpu = (await servers[server].cpu()) - before;
    return { ...run, perCpu: run.count / cpu, perSecond: run.count / whole };
  }

  const runs = {};
  let orderIds = [];
  for (let turn = 0; turn <= rounds; turn += 1) {
    const from = turn === 0 ? 0 : (turn + WARM_UP - 1) * each;
    const batch = places.slice(from, (turn + WARM_UP) * each);
    const { transactions } = await sign(
      'init',
      'init',
      batch.map((place) => ({ place })),
    );
    await load.ask('post', { name: 'init', url: bridge.becknUrl });
    await arrive(batch.length);
    for (const action of ['confirm', 'status']) {
      const requests =
        action === 'confirm'
          ? batch.map((place, index) => ({ place, transactionId: transactions[index] }))
          : Array.from({ length: batch.length * STATUSES }, (_, index) => ({
              orderId: orderIds[index % batch.length],
              transactionId: transactions[index % batch.length],
            }));
      await sign(action, action, requests);
      for (const server of turn % 2 === 0 ? ['ack', 'ours', 'exchange'] : ['exchange', 'ours', 'ack']) {
        const run = await measure(server, action);
        if (server === 'ours' && action === 'confirm') orderIds = transactions.map((id) => run.orders[id]);
        if (turn > 0) (runs[`${server} ${action}`] ??= []).push(run);
      }
    }
  }
  await Promise.all([load, sink, ...Object.values(servers)].map((one) => one.stop()));

  return ['status', 'confirm'].flatMap((action) => {
    const of = (server, read) => median(runs[`${server} ${action}`].map(read));
    const against = (server, read) =>
      median(runs[`ours ${action}`].map((run, i) => read(run) / read(runs[`${server} ${action}`][i])));
    const perSecond = (run) => run.perSecond;
    const perCpu = (run) => run.perCpu;
    const latency = (server) =>
      `p50 ${round(
        of(server, (run) => run.p50),
        1,
      )} ms, p99 ${round(
        of(server, (run) => run.p99),
        1,
      )} ms`;
    const ratio = against('ack', perSecond);
    return [
      figure(`Beckn ${action}, durable ACKs per second`, {
        ours: round(of('ours', perSecond)),
        baseline: round(of('ack', perSecond)),
        ratio: round(ratio, 2),
        aim: `≥ ${AIM}`,
        pass: ratio >= AIM,
        detail: `includes the last callback; the baseline only verifies and acknowledges; ${latency('ours')} against ${latency('ack')} at 32 connections`,
      }),
      figure(`Beckn ${action}, whole exchanges per CPU second`, {
        ours: round(of('ours', perCpu)),
        baseline: round(of('exchange', perCpu)),
        ratio: round(against('exchange', perCpu), 2),
        detail: `the baseline also signs and posts an answer; per second ${round(of('ours', perSecond))} against ${round(of('exchange', perSecond))}`,
      }),
    ];
  });
}
