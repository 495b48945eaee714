// npm run bench: every figure as a ratio to a baseline that was measured in the same run.
//   --quick         shorter, rougher: under a minute
//   --only NAME     one benchmark; may be repeated
//   --write         keep bench/results.json and the table in README.md
import { readFileSync, existsSync, writeFileSync } from 'node:fs';
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

const figures = [];
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  figures.push(...(await BENCHMARKS[name]({ quick: values.quick === true })));
}

const machine = `${cpus()[0]?.model.trim() || process.arch}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}; ${pinning}`;
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = [
  row(['What', 'Ours', 'Baseline', 'Ratio', 'Aim', 'Held', 'Also']),
  row(Array.from({ length: 7 }, () => '---')),
  ...figures.map(({ name, ours, baseline, ratio, aim, pass, detail }) =>
    row([name, ours, baseline, ratio, aim, pass === undefined ? '' : pass ? 'yes' : 'no', detail]),
  ),
  '',
  `Measured on ${machine}.`,
].join('\n');
process.stdout.write(`${table}\n`);

if (values.write) {
  const at = new Date().toISOString().slice(0, 10);
  const kept = JSON.stringify({ at, machine, quick: values.quick === true, figures }, null, 2);
  writeFileSync(new URL('results.json', import.meta.url), `${kept}\n`);
  const readme = new URL('../README.md', import.meta.url);
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  const between = /(<!-- bench:begin -->)[\s\S]*?(<!-- bench:end -->)/;
  const block = ['<!-- prettier-ignore-start -->', table, '<!-- prettier-ignore-end -->'].join('\n\n');
  if (between.test(text))
    writeFileSync(
      readme,
      text.replace(between, (_, begin, end) => `${begin}\n\n${block}\n\n${end}`),
    );
  else process.stderr.write('README.md has no place for the table (<!-- bench:begin --> … <!-- bench:end -->)\n');
}
process.exit(0);
