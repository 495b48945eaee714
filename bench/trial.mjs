// Measures the overhead of `try` apart from the charging session: until the charger is started, and after it has
// stopped.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { figure, median, round } from './figures.mjs';
import { chargePointId, MAIN, makeSite, startBridge } from './site.mjs';

const AIM_S = 5;
/** Energy for a session of six seconds at 60 kW. */
const ORDER_WH = 100;

function shortenOrders(site) {
  const { networkFile } = JSON.parse(readFileSync(site.config, 'utf8'));
  const network = JSON.parse(readFileSync(networkFile, 'utf8'));
  for (const { stations } of network.providers)
    for (const { chargePoints } of stations)
      for (const { connectors } of chargePoints)
        for (const connector of connectors) connector.options = { energy: ORDER_WH };
  writeFileSync(networkFile, JSON.stringify(network));
}

/** @returns Seconds until the charger receives the start, from its stop to the end of the command, and in total. */
async function playTrial(site, connector) {
  const began = performance.now();
  const args = [MAIN, 'try', connector, '--json', '--config', site.config];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const seen = {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { action } = JSON.parse(line);
    seen[action] ??= performance.now();
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`try ended with ${code}`);
  const ended = performance.now();
  const seconds = (from, to) => (to - from) / 1000;
  return {
    start: seconds(began, seen.RemoteStartTransaction),
    end: seconds(seen.StopTransaction, ended),
    all: seconds(began, ended),
  };
}

export async function trial({ quick }) {
  const rounds = quick ? 1 : 3;
  const site = await makeSite({ chargePoints: rounds, sinkPort: 9 });
  shortenOrders(site);
  const bridge = await startBridge(site, { pinned: false });
  const runs = [];
  for (let turn = 0; turn < rounds; turn += 1) runs.push(await playTrial(site, `${chargePointId(turn)}/1`));
  await bridge.stop();
  const of = (name) => median(runs.map((run) => run[name]));
  const beside = median(runs.map(({ start, end }) => start + end));
  return [
    figure('A trial order with `try`, s beside its session', {
      ours: round(beside, 1),
      aim: `≤ ${AIM_S} s`,
      pass: beside <= AIM_S,
      detail: `${round(of('start'), 1)} s until the simulated charger is started, ${round(of('end'), 1)} s from its stop to the receipt; ${round(of('all'), 1)} s with a session of ${ORDER_WH} Wh`,
    }),
  ];
}
