// Signed requests to their durable ACK, against bare `node:http` servers in the same run that check the same signatures
// and keep nothing: one that only says ACK, and one that also signs and posts an answer, as every accepted request must.
import { fileURLToPath } from 'node:url';
import { figure, median, round } from './figures.mjs';
import { startLoad, startServer } from './processes.mjs';
import { makeSite, startBridge } from './site.mjs';

const AIM = 0.6;
/** Bytes of our on_status and on_confirm, about. */
const CALLBACK_BYTES = 3500;
const CONNECTORS = 2;
/** Asked of each order. */
const STATUSES = 3;

export async function becknThroughput({ quick }) {
  const [rounds, each] = quick ? [2, 150] : [5, 400];
  const places = Array.from({ length: (rounds + 1) * each }, (_, index) => ({
    point: Math.floor(index / CONNECTORS),
    connectorId: (index % CONNECTORS) + 1,
  }));
  const sink = await startLoad('sink.mjs');
  const chargePoints = Math.ceil(places.length / CONNECTORS);
  const site = await makeSite({ chargePoints, connectors: CONNECTORS, sinkPort: sink.ready.port });
  const identity = site.buyer;
  const bare = (callback) =>
    startServer(fileURLToPath(new URL('bare-http.mjs', import.meta.url)), [
      JSON.stringify({ ...identity, callbackBytes: CALLBACK_BYTES, ...(callback && { callback: identity.bapUri }) }),
    ]);
  const bridge = await startBridge(site);
  const servers = { ours: bridge, ack: await bare(false), exchange: await bare(true) };
  const urlOf = (name) => /beckn=(\S+)/.exec(servers[name].ready)[1];
  const load = await startLoad('beckn-load.mjs');
  const sign = (name, action, wishes) =>
    load.ask('prepare', { name, action, identity, bppUri: bridge.becknUrl, wishes });
  const arrive = async (count) => {
    const arrived = await sink.ask('arrived', { count });
    if (arrived.callbacks < count) throw new Error(`${arrived.callbacks} of ${count} callbacks came`);
    if (arrived.refusals > 0) throw new Error(`refused: ${arrived.lastRefusal}`);
    return arrived;
  };

  /** Posts and waits until the last callback has arrived: its cost belongs to the request. */
  async function measure(server, name) {
    const before = await servers[server].cpu();
    const exchange = async () => {
      const posted = await load.ask('post', { name, url: urlOf(server) });
      return { ...posted, ...(server !== 'ack' && (await arrive(posted.count))) };
    };
    const run = await (server === 'ours' ? bridge.during(name, exchange) : exchange());
    const cpu = (await servers[server].cpu()) - before;
    return { ...run, perCpu: run.count / cpu };
  }

  const runs = {};
  let orderIds = [];
  for (let turn = 0; turn <= rounds; turn += 1) {
    const here = places.slice(turn * each, (turn + 1) * each);
    const { transactions } = await sign(
      'init',
      'init',
      here.map((place) => ({ place })),
    );
    await load.ask('post', { name: 'init', url: bridge.becknUrl });
    await arrive(here.length);
    for (const action of ['confirm', 'status']) {
      const wishes =
        action === 'confirm'
          ? here.map((place, index) => ({ place, transactionId: transactions[index] }))
          : Array.from({ length: each * STATUSES }, (_, index) => ({
              orderId: orderIds[index % each],
              transactionId: transactions[index % each],
            }));
      await sign(action, action, wishes);
      for (const server of turn % 2 === 0 ? ['ack', 'ours', 'exchange'] : ['exchange', 'ours', 'ack']) {
        const run = await measure(server, action);
        if (server === 'ours' && action === 'confirm') orderIds = transactions.map((id) => run.orders[id]);
        if (turn > 0) (runs[`${server} ${action}`] ??= []).push(run);
      }
    }
  }
  await Promise.all([load, sink, ...Object.values(servers)].map((one) => one.stop()));

  return ['status', 'confirm'].map((action) => {
    const of = (server, read) => median(runs[`${server} ${action}`].map(read));
    const against = (server) =>
      median(runs[`ours ${action}`].map((run, i) => run.perCpu / runs[`${server} ${action}`][i].perCpu));
    const rate = (server) => round(of(server, (run) => run.count / run.seconds));
    const ratio = against('exchange');
    return figure(`Beckn ${action}, whole exchanges per CPU second`, {
      ours: round(of('ours', (run) => run.perCpu)),
      baseline: round(of('exchange', (run) => run.perCpu)),
      ratio: round(ratio, 2),
      aim: `≥ ${AIM}`,
      pass: ratio >= AIM,
      detail: `durable ACKs per second ${rate('ours')} against ${rate('exchange')}, p50 ${round(
        of('ours', (run) => run.p50),
        1,
      )} ms, p99 ${round(
        of('ours', (run) => run.p99),
        1,
      )} ms at 32 connections; against verify and ACK alone (${round(of('ack', (run) => run.perCpu))}): ${round(against('ack'), 2)}`,
    });
  });
}
