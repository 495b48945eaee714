// `npm run check`: the fast loop. Every step runs even if another fails; the exit code covers all.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'bridge-check-'));
/** The number of steps that run in parallel. Any machine is expected to have two cores. */
const LANES = 2;

/**
 * The build comes first, because other steps wait for it; then the longest ones, so that both lanes finish at about the
 * same time. A free lane takes the next step.
 */
const STEPS = [
  { name: 'build', command: ['scripts/build.mjs', '--noCheck'] },
  { name: 'lint', command: [bin('oxlint/bin/oxlint')] },
  {
    name: 'unit, property, wire, architecture',
    command: [bin('vitest/vitest.mjs'), 'run', '--project', 'unit', '--reporter=dot', '--silent=passed-only'],
    afterBuild: true,
  },
  {
    name: 'types',
    // The native compiler needs a third of the time. Version 6, the last with a JavaScript interface, is for the
    // tests.
    command: [bin('typescript-7/bin/tsc')],
  },
  {
    name: 'format',
    command: [bin('oxfmt/bin/oxfmt'), '--check'],
  },
  { name: 'unused exports and dependencies', command: [bin('knip/bin/knip.js'), '--no-progress'], afterBuild: true },
  { name: 'generated tables', command: ['scripts/docs-tables.mjs'], afterBuild: true },
];

function bin(path) {
  return join('node_modules', path);
}

function run({ name, command }) {
  return new Promise((resolve) => {
    const started = performance.now();
    const env = { ...process.env, TMPDIR: scratch };
    const child = spawn(process.execPath, command, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('close', (code) => {
      if (code !== 0) process.stdout.write(`\n--- ${name} ---\n${Buffer.concat(output).toString()}\n`);
      resolve({ name, ok: code === 0, seconds: (performance.now() - started) / 1000 });
    });
  });
}

const started = performance.now();
const waiting = [...STEPS];
const results = [];
const built = run(waiting.shift());

async function lane(first) {
  if (first) results.push(await first);
  for (let step = waiting.shift(); step; step = waiting.shift()) {
    if (step.afterBuild) await built;
    results.push(await run(step));
  }
}

await Promise.all([lane(built), ...Array.from({ length: LANES - 1 }, () => lane())]);

// Whatever the tests left behind.
rmSync(scratch, { recursive: true, force: true });

process.stdout.write('\n');
for (const { name, ok, seconds } of results) {
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(5)} s  ${name}\n`);
}
const failed = results.filter(({ ok }) => !ok).length;
const verdict = failed === 0 ? 'Everything holds' : `${failed} of ${results.length} steps failed`;
process.stdout.write(`\n${verdict}, ${((performance.now() - started) / 1000).toFixed(0)} s.\n`);
process.exitCode = failed === 0 ? 0 : 1;
