// `npm test` verifies a clone; `npm run test:full` (`--full`) runs every test. Both build first and end with one line:
// `N passed, N failed[, N skipped]`. Other arguments go to vitest: `npm test -- --project unit`, `npm test --
// test/unit/ocpp`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'bridge-tests-'));
const countsFile = join(scratch, 'counts.json');

const full = process.argv.includes('--full');
const args = process.argv.slice(2).filter((argument) => argument !== '--full');
const chosen = full || args.includes('--project') ? [] : ['--project', 'unit', '--project', 'whole'];

function node(...command) {
  // Whatever the tests leave behind is removed with the folder.
  const env = { ...process.env, TMPDIR: scratch, TEST_COUNTS: countsFile };
  env.PROPERTY_RUNS ||= 'full';
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', env }).status ?? 1;
}

function runTests() {
  if (node('scripts/build.mjs', '--noCheck') !== 0) {
    process.stderr.write('The build failed; no test was run.\n');
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const reporters = ['--reporter=default', '--reporter=./test/reporter.ts'];
  const status = node('node_modules/vitest/vitest.mjs', 'run', ...reporters, ...chosen, ...args);
  const counts = existsSync(countsFile)
    ? JSON.parse(readFileSync(countsFile, 'utf8'))
    : { passed: 0, failed: 1, skipped: 0 };
  return { ...counts, status };
}

const { passed, failed, skipped, status = 1 } = runTests();
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
// Unlike exit(), this lets a pipe receive the whole line.
process.exitCode = status !== 0 || failed > 0 ? 1 : 0;
