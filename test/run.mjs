// `npm test`: builds what is stale, runs every test, and ends with one line: `N passed, N failed[, N skipped]`.
// Arguments go to vitest: `npm test -- --project unit`, `npm test -- test/unit/ocpp`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'bridge-tests-'));
const countsFile = join(scratch, 'counts.json');

function run(args, env = {}) {
  return (
    spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
  );
}

function finish(counts, status) {
  rmSync(scratch, { recursive: true, force: true });
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  // exitCode, not exit(): a pipe gets the line whole.
  process.exitCode = status;
}

const built = run(['src/schema/build.mjs', '--if-stale']);
if (built !== 0) {
  process.stderr.write('The build failed; no test was run.\n');
  finish({ passed: 0, failed: 1, skipped: 0 }, 1);
} else {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=./test/reporter.ts'];
  const status = run([...vitest, ...process.argv.slice(2)], { TEST_COUNTS: countsFile });
  const counts = existsSync(countsFile)
    ? JSON.parse(readFileSync(countsFile, 'utf8'))
    : { passed: 0, failed: 1, skipped: 0 };
  finish(counts, status !== 0 || counts.failed > 0 ? 1 : 0);
}
