// npm run planted [-- --seeds 250] [--only TEXT] [--write]
// Reverts every fix separately and reports what detects the bug: the simulation, with the invariant and the seed, or a
// named test. `--write` puts the table into docs/testing.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { loadSimulation, plant, seek } from './plant.mjs';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '250' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
});

/**
 * Runs the named test on the source with the bug. Returns whether it failed, as it must.
 * @errors Throws if the bug is not planted, or if the source with it cannot be loaded: nothing has then been tested.
 */
async function testFails(bug) {
  const { file, title } = bug.test;
  const exitCode = process.exitCode;
  const plugin = plant(bug);
  const vitest = await startVitest(
    'test',
    [file],
    {
      config: false,
      watch: false,
      reporters: [{}],
      testNamePattern: title.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`),
      testTimeout: 60_000,
    },
    { plugins: [plugin] },
  );
  const files = vitest.state.getFiles();
  await vitest.close();
  process.exitCode = exitCode;
  const [loadError] = files.flatMap(({ result }) => result?.errors ?? []);
  if (loadError) throw new Error(`${file} cannot be loaded: ${loadError.message}`);
  plugin.assertPlanted();
  return files.some(hasFailedTest);
}

/** Returns whether a Vitest test failed or, for a file or suite, whether any test in it did. */
function hasFailedTest({ type, result, tasks = [] }) {
  return type === 'test' ? result?.state === 'fail' : tasks.some(hasFailedTest);
}

async function find(bug, clean) {
  if (bug.test) return (await testFails(bug)) ? `${bug.test.file}: ${bug.test.title}` : undefined;
  const result = await seek(bug, clean, Number(values.seeds));
  if (result?.unclean)
    throw new Error(`seed ${result.seed} has a violation without the bug: ${result.unclean[0].problem}`);
  return result && `seed ${result.seed}: ${result.invariants.join(', ')}`;
}

const clean = await loadSimulation();
const { PLANTED_BUGS } = clean;
const rows = [];
for (const bug of PLANTED_BUGS.filter((one) => one.bug.includes(values.only))) {
  const began = Date.now();
  const how = await find(bug, clean).catch((error) => {
    console.log(`  ${error.message}`);
    return undefined;
  });
  console.log(`${bug.bug}: ${how ?? 'NOT FOUND'} (${((Date.now() - began) / 1000).toFixed(0)} s)`);
  rows.push({ bug: bug.bug, how: how ?? '**not found**', faults: bug.faults });
}
await clean.close();
const missed = rows.filter(({ how }) => how === '**not found**').length;
console.log(`${rows.length} planted bugs, ${missed} not found`);
if (values.write) writeTable(rows);
process.exitCode = missed > 0 ? 1 : 0;

function writeTable(lines) {
  const path = new URL('../../../docs/testing.md', import.meta.url);
  const [begin, end] = ['<!-- planted-bugs -->', '<!-- /planted-bugs -->'];
  const table = [
    '| Undone alone, this comes back | Faults of the simulation | Found by |',
    '| --- | --- | --- |',
    ...lines.map(({ bug, faults, how }) => `| ${bug} | ${faults.map((one) => `\`${one}\``).join(' ')} | ${how} |`),
  ].join('\n');
  const text = readFileSync(path, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest.split(end)[1];
  const ignore = ['<!-- prettier-ignore-start -->', '<!-- prettier-ignore-end -->'];
  writeFileSync(path, `${before}${begin}\n\n${ignore[0]}\n\n${table}\n\n${ignore[1]}\n\n${end}${after}`);
}
