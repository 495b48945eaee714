// npm run bench: every figure as a ratio to a baseline that was measured in the same run.
//   --quick         shorter, rougher: under a minute
//   --only NAME     one benchmark; may be repeated
//   --write         keep bench/results.json and the table in README.md, for what was measured
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { becknThroughput } from './beckn-throughput.mjs';
import { confirmLatency } from './confirm-latency.mjs';
import { ocppMemory } from './ocpp-memory.mjs';
import { ocppThroughput } from './ocpp-throughput.mjs';
import { overshoot } from './overshoot.mjs';
import { pinning } from './processes.mjs';
import { reconnect } from './reconnect.mjs';
import { search } from './search.mjs';
import { startUp } from './start-up.mjs';

const BENCHMARKS = {
  'ocpp-throughput': ocppThroughput,
  'ocpp-memory': ocppMemory,
  'beckn-throughput': becknThroughput,
  'confirm-latency': confirmLatency,
  reconnect,
  'start-up': startUp,
  overshoot,
  search,
};

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string', multiple: true }, write: { type: 'boolean' } },
});
const names = values.only ?? Object.keys(BENCHMARKS);
const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown !== undefined) {
  process.stderr.write(`there is no ${unknown}; there are ${Object.keys(BENCHMARKS).join(', ')}\n`);
  process.exit(2);
}

const kept = new URL('results.json', import.meta.url);
const at = new Date().toISOString().slice(0, 10);
const measured = {};
let failed = 0;
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  try {
    measured[name] = { at, figures: await BENCHMARKS[name]({ quick: values.quick === true }) };
  } catch (error) {
    // The others are worth their minutes all the same.
    failed += 1;
    process.stderr.write(`${name} failed: ${error?.stack ?? error}\n`);
  }
}

const machine = `${cpus()[0]?.model.trim() || process.arch}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}; ${pinning}`;
const row = (cells) => `| ${cells.join(' | ')} |`;
const tableOf = (benchmarks) =>
  [
    row(['What', 'Ours', 'Baseline', 'Ratio', 'Aim', 'Held', 'Also']),
    row(Array.from({ length: 7 }, () => '---')),
    ...Object.keys(BENCHMARKS).flatMap((name) =>
      (benchmarks[name]?.figures ?? []).map(({ name: what, ours, baseline, ratio, aim, pass, detail }) =>
        row([what, ours, baseline, ratio, aim, pass === undefined ? '' : pass ? 'yes' : 'no', detail]),
      ),
    ),
    '',
    `Measured on ${machine}.`,
  ].join('\n');
process.stdout.write(`${tableOf(measured)}\n`);

if (values.write) {
  // What was not measured now stays as it was measured last.
  const all = { ...JSON.parse(readFileSync(kept, 'utf8')).benchmarks, ...measured };
  writeFileSync(kept, `${JSON.stringify({ machine, benchmarks: all }, null, 2)}\n`);
  const readme = new URL('../README.md', import.meta.url);
  const between = /(<!-- bench:begin -->)[\s\S]*?(<!-- bench:end -->)/;
  const block = ['<!-- prettier-ignore-start -->', tableOf(all), '<!-- prettier-ignore-end -->'].join('\n\n');
  writeFileSync(
    readme,
    readFileSync(readme, 'utf8').replace(between, (_, begin, end) => `${begin}\n\n${block}\n\n${end}`),
  );
}
process.exit(failed === 0 ? 0 : 1);
