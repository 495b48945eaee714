// npm run simulate: simulates seeds and reports violations. `--help` says how.
import { parseArgs } from 'node:util';
import { bundleSimulation } from './load.mjs';

const HELP = `npm run simulate -- [--seeds 1000] [--first 1] [--dialect NAME]   judges many seeds
npm run simulate -- --seed 42 [--trace]                           judges one seed and prints its traffic

Shards: seeds do not depend on one another, so give each process a range of its own, one process a core:
  npm run simulate -- --first 1 --seeds 10000
  npm run simulate -- --first 10001 --seeds 10000
Resuming: a run reports its progress every 100 seeds, and on Ctrl-C where it stopped. Continue with the --first that it
names; the same seed gives the same run on every machine.

--dialect  lets all drivers speak this Beckn dialect, for example ubc-2.0.0
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    dialect: { type: 'string' },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const first = Number(values.seed ?? values.first);
const count = values.seed === undefined ? Number(values.seeds) : 1;
if (![first, count].every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error('--first, --seeds and --seed are whole numbers above 0; see --help');
  process.exit(2);
}

const { simulate, check, close } = await bundleSimulation();
const began = process.cpuUsage();
let [failedSeeds, hours, isStopped] = [0, 0, false];
process.once('SIGINT', () => (isStopped = true));
let seed = first;
for (; seed < first + count && !isStopped; seed++) {
  if (!(await judge(seed))) failedSeeds += 1;
  if ((seed - first + 1) % 100 === 0) report(seed);
}
if ((seed - first) % 100 !== 0) report(seed - 1);
await close();
process.exitCode = isStopped ? 130 : failedSeeds > 0 ? 1 : 0;

/** Runs a seed. Returns whether it has no violation. */
async function judge(number) {
  const run = await simulate(number, { dialect: values.dialect }).catch(({ message }) => message);
  if (typeof run === 'string') {
    console.log(`seed ${number} (npm run simulate -- --seed ${number}) did not end: ${run}`);
    return false;
  }
  hours += run.hours;
  if (values.trace) for (const entry of run.history) console.log(traceLine(entry));
  const found = [
    ...check(run).map((one) => `${one.invariant} at ${one.at}, order ${one.order ?? '-'}: ${one.problem}`),
    ...run.bugs.map((bug) => `bug ${bug}`),
  ];
  if (found.length > 0) {
    const same = values.dialect === undefined ? '' : ` --dialect ${values.dialect}`;
    console.log(
      `seed ${number} (npm run simulate -- --seed ${number}${same} --trace), faults: ${run.faults.join(' ')}`,
    );
    for (const text of found) console.log(`  ${text}`);
  } else if (values.seed !== undefined) {
    console.log(`seed ${number}: no violations; ${run.events} events, faults: ${run.faults.join(' ')}`);
  }
  return found.length === 0;
}

function report(last) {
  const { user, system } = process.cpuUsage(began);
  const judged = last - first + 1;
  const ms = Math.round((user + system) / 1000 / judged);
  const range = `seeds ${first} to ${last}: ${failedSeeds} with violations`;
  const next = last < first + count - 1 ? `; continue with --first ${last + 1}` : '';
  console.log(`${range}, ${Math.round(hours)} virtual hours, ${ms} ms of CPU a seed${next}`);
}

/** Formats one entry of the history. */
function traceLine(entry) {
  const time = new Date(entry.t).toISOString().slice(8, 23);
  switch (entry.kind) {
    case 'frame':
      return `${time} ${entry.way === 'up' ? '<' : '>'} ${entry.charger}#${entry.socket} ${entry.text}`;
    case 'socket':
      return `${time} - ${entry.charger}#${entry.socket} ${entry.event}`;
    case 'request':
      return `${time} < ${entry.n} ${entry.from} ${entry.intent.dialect} ${entry.action} ${entry.body}`;
    case 'callback':
      return `${time} > ${entry.n} ${entry.url} ${entry.body}`;
    case 'answer':
      return `${time}   > answer ${entry.n} ${entry.status} ${entry.body}`;
    case 'delivery':
      return `${time}   < answer ${entry.n} ${entry.to} ${entry.status} ${entry.ack}`;
    case 'charger-clock':
      return `${time} *** clock of ${entry.charger} stepped by ${entry.stepMs} ms`;
    default:
      return `${time} *** ${entry.kind}`;
  }
}
