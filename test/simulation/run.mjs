// npm run simulate -- [--seeds 5000] [--from 1]     simulates many seeds and reports violations
// npm run simulate -- --seed 42 [--trace]           repeats one seed and, with --trace, prints its traffic
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createViteServer } from 'vitest/node';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

// The sources run without a build, as in the tests.
const server = await createViteServer({
  root: fileURLToPath(new URL('../../', import.meta.url)),
  configFile: false,
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
});
const { simulate } = await server.ssrLoadModule('/test/simulation/simulation.ts');
const { check } = await server.ssrLoadModule('/test/simulation/checks/checker.ts');

const from = Number(values.seed ?? values.from);
const last = values.seed === undefined ? from + Number(values.seeds) - 1 : from;
const began = Date.now();
let [failedSeeds, hours] = [0, 0];
for (let seed = from; seed <= last; seed++) {
  const run = await simulate(seed);
  hours += run.hours;
  if (values.trace) for (const entry of run.history) console.log(line(entry));
  const found = [
    ...check(run).map((one) => `${one.invariant} at ${one.at}, order ${one.order ?? '-'}: ${one.problem}`),
    ...run.bugs.map((bug) => `bug ${bug}`),
  ];
  if (found.length > 0) {
    failedSeeds += 1;
    console.log(`seed ${seed} (npm run simulate -- --seed ${seed} --trace), faults: ${run.faults.join(' ')}`);
    for (const text of found) console.log(`  ${text}`);
  } else if (values.seed !== undefined) {
    console.log(`seed ${seed}: no violations; ${run.events} events, faults: ${run.faults.join(' ')}`);
  }
  if ((seed - from + 1) % 100 === 0) console.log(`${seed - from + 1} seeds, ${failedSeeds} with violations`);
}
const seconds = ((Date.now() - began) / 1000).toFixed(0);
console.log(
  `${last - from + 1} seeds, ${Math.round(hours)} virtual hours in ${seconds} s: ${failedSeeds} with violations`,
);
await server.close();
process.exitCode = failedSeeds > 0 ? 1 : 0;

function line(entry) {
  const time = new Date(entry.t).toISOString().slice(8, 23);
  switch (entry.kind) {
    case 'frame':
      return `${time} ${entry.way === 'up' ? '<' : '>'} ${entry.charger}#${entry.socket} ${entry.text}`;
    case 'socket':
      return `${time} - ${entry.charger}#${entry.socket} ${entry.event}`;
    case 'request':
      return `${time} < ${entry.n} ${entry.from} ${entry.action} ${entry.body}`;
    case 'callback':
      return `${time} > ${entry.n} ${entry.url} ${entry.body}`;
    case 'answer':
      return `${time}   > answer ${entry.n} ${entry.status} ${entry.body}`;
    case 'delivery':
      return `${time}   < answer ${entry.n} ${entry.to} ${entry.status} ${entry.ack}`;
    default:
      return `${time} *** ${entry.kind}`;
  }
}
