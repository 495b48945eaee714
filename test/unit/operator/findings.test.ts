import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FINDINGS } from '../../../src/operator/findings.js';

/** The tests that provoke the findings: with the whole program, or with parts of it if that is impossible. */
const PROVOKED_IN = [
  'e2e/doctor.test.ts',
  'e2e/store-trouble.test.ts',
  'unit/app/operator-view.test.ts',
  'unit/operator/command-line/doctor/disk-check.test.ts',
  'unit/operator/command-line/doctor/tls-check.test.ts',
];

it('a test provokes each finding', () => {
  const tests = PROVOKED_IN.map((file) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')).join('\n');
  const untried = Object.keys(FINDINGS).filter(
    (code) => !new RegExp(`['"]${code}\\b`).test(tests) && !new RegExp(`: ${code}\\b`).test(tests),
  );
  expect(untried).toEqual([]);
});
