// `npm run check`: everything that takes less than a minute. Every step runs even if one fails; one exit code.
import { spawn } from 'node:child_process';

const root = new URL('..', import.meta.url).pathname;
const bin = (name) => `node_modules/${name}`;
/** What has not changed since the last time is not looked at again. Not for lint: its rules look through types into other files. */
const CACHE = 'node_modules/.cache/check';

/** Steps of one lane run one after the other, lanes side by side: two cores are the least to expect. */
const LANES = [
  [
    ['build', ['src/schema/build.mjs', '--if-stale']],
    [
      'types',
      [
        bin('typescript/bin/tsc'),
        '--noEmit',
        '--incremental',
        '--tsBuildInfoFile',
        `${CACHE}/types`,
        '-p',
        'tsconfig.lint.json',
      ],
    ],
    ['documents', ['scripts/docs-tables.mjs']],
    ['unit, property, wire, architecture', [bin('vitest/vitest.mjs'), 'run', '--project', 'unit', '--reporter=dot']],
  ],
  [
    [
      'format',
      [
        bin('prettier/bin/prettier.cjs'),
        '--check',
        '--cache',
        '--cache-location',
        `${CACHE}/format`,
        '--log-level=warn',
        '.',
      ],
    ],
    ['lint', [bin('eslint/bin/eslint.js'), '--max-warnings=0', '.']],
  ],
];

function run([name, args]) {
  return new Promise((resolve) => {
    const started = process.hrtime.bigint();
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('close', (code) => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      if (code !== 0) process.stdout.write(`\n--- ${name} ---\n${Buffer.concat(output).toString()}\n`);
      resolve({ name, ok: code === 0, seconds });
    });
  });
}

async function lane(steps) {
  const results = [];
  for (const step of steps) results.push(await run(step));
  return results;
}

const results = (await Promise.all(LANES.map(lane))).flat();
process.stdout.write('\n');
for (const { name, ok, seconds } of results) {
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(5)} s  ${name}\n`);
}
const failed = results.filter((result) => !result.ok).length;
process.stdout.write(failed === 0 ? '\nEverything holds.\n' : `\n${failed} of ${results.length} steps failed.\n`);
process.exitCode = failed === 0 ? 0 : 1;
