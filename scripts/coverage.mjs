// Writes to docs/coverage.md which share of each module the tests execute (`npm run coverage`). Fails if a module is
// below its floor. coverage/index.html shows the lines that were not executed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/coverage.md');

function node(...command) {
  const env = { ...process.env, PROPERTY_RUNS: 'full' };
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}

/** Returns the line and branch counts of every module, which is a folder of src or a file directly in it. */
function measured() {
  const summary = JSON.parse(readFileSync(join(root, 'coverage/coverage-summary.json'), 'utf8'));
  delete summary.total;
  const modules = new Map();
  for (const [file, { lines, branches }] of Object.entries(summary)) {
    const [name] = relative(join(root, 'src'), file).split('/');
    const sums = modules.get(name) ?? { lines: { covered: 0, total: 0 }, branches: { covered: 0, total: 0 } };
    modules.set(name, { lines: add(sums.lines, lines), branches: add(sums.branches, branches) });
  }
  return [...modules].sort(([a], [b]) => (a < b ? -1 : 1));
}

const add = (a, b) => ({ covered: a.covered + b.covered, total: a.total + b.total });
const percent = ({ covered, total }) => (total === 0 ? 100 : (100 * covered) / total);

/** Reads the floors of each module from the rows of the page: `| name | lines | floor | branches | floor |`. */
function floors() {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
  const rows = text.matchAll(/^\| `([\w.-]+)` +\| +[\d.]+ % +\| +(\d+) % +\| +[\d.]+ % +\| +(\d+) % +\|$/gm);
  return new Map([...rows].map(([, name, lines, branches]) => [name, [Number(lines), Number(branches)]]));
}

node('scripts/build.mjs', '--noCheck');
node('node_modules/vitest/vitest.mjs', 'run', '--coverage', '--project', 'unit', '--project', 'whole');

const before = floors();
const below = [];
const rows = measured().map(([name, { lines, branches }]) => {
  const shares = [percent(lines), percent(branches)];
  const cells = shares.map((share, index) => {
    const floor = before.get(name)?.[index] ?? 0;
    if (share < floor)
      below.push(`${name}: ${share.toFixed(1)} % of ${['lines', 'branches'][index]}, floor ${floor} %`);
    return `${share.toFixed(1)} % | ${Math.max(floor, Math.floor(share))} %`;
  });
  return `| \`${name}\` | ${cells.join(' | ')} |`;
});

const text = `# Coverage

The share of each module of \`src\` that \`npm test\` executes in the test process. Code that only runs in other processes
(the program, the demo, the store's thread) counts as not executed. \`npm run coverage\` measures again and writes this
page. A floor is the highest share so far, rounded down; the command fails when a module falls below its floor.

| Module | Lines | Floor | Branches | Floor |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
mkdirSync(join(root, 'docs'), { recursive: true });
writeFileSync(page, text);
node('node_modules/oxfmt/bin/oxfmt', 'docs/coverage.md');

for (const line of below) process.stderr.write(`Below its floor: ${line}\n`);
process.exitCode = below.length > 0 ? 1 : 0;
