// npm run bench: measures the figures, most of them against a baseline in the same run. `--help` lists the options.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { becknThroughput } from './beckn-throughput.mjs';
import { commandStart } from './command-start.mjs';
import { confirmLatency } from './confirm-latency.mjs';
import { importing } from './import.mjs';
import { foreignClient } from './foreign-client.mjs';
import { loopDelay } from './loop-delay.mjs';
import { ocppMemory } from './ocpp-memory.mjs';
import { ocppThroughput } from './ocpp-throughput.mjs';
import { overshoot } from './overshoot.mjs';
import { pinning } from './processes.mjs';
import { reconnect } from './reconnect.mjs';
import { search } from './search.mjs';
import { startUp } from './start-up.mjs';
import { benchTable } from './table.mjs';
import { trial } from './trial.mjs';

const BENCHMARKS = {
  'ocpp-throughput': ocppThroughput,
  'ocpp-memory': ocppMemory,
  'beckn-throughput': becknThroughput,
  'confirm-latency': confirmLatency,
  reconnect,
  'start-up': startUp,
  'command-start': commandStart,
  import: importing,
  trial,
  'loop-delay': loopDelay,
  overshoot,
  'foreign-client': foreignClient,
  search,
};

const HELP = `npm run bench -- [--quick] [--only NAME]... [--write]

--quick      a shorter and rougher run of less than a minute
--only NAME  runs one benchmark; may be repeated
--write      updates bench/results.json and the table in docs/benchmarks.md with the measured figures

Benchmarks: ${Object.keys(BENCHMARKS).join(', ')}
`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    write: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const names = values.only ?? Object.keys(BENCHMARKS);
const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown !== undefined) {
  process.stderr.write(`unknown benchmark ${unknown}; the benchmarks are ${Object.keys(BENCHMARKS).join(', ')}\n`);
  process.exit(2);
}

const resultsFile = new URL('results.json', import.meta.url);
const machine = `${cpus()[0]?.model.trim() || process.arch}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}; ${pinning}`;
const at = new Date().toISOString().slice(0, 10);
const measured = {};
let failed = 0;
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  try {
    measured[name] = { at, machine, figures: await BENCHMARKS[name]({ quick: values.quick === true }) };
  } catch (error) {
    // The other benchmarks still run.
    failed += 1;
    process.stderr.write(`${name} failed: ${error?.stack ?? error}\n`);
  }
}

process.stdout.write(`${benchTable(measured)}\n`);

if (values.write) {
  // Benchmarks outside this run keep their last figures.
  const all = { ...JSON.parse(readFileSync(resultsFile, 'utf8')).benchmarks, ...measured };
  const known = Object.keys(BENCHMARKS).filter((name) => all[name] !== undefined);
  const benchmarks = Object.fromEntries(known.map((name) => [name, all[name]]));
  writeFileSync(resultsFile, `${JSON.stringify({ benchmarks }, null, 2)}\n`);
  const documents = fileURLToPath(new URL('../scripts/docs-tables.mjs', import.meta.url));
  if (spawnSync(process.execPath, [documents, '--write'], { stdio: 'inherit' }).status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
