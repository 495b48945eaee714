/** Reads a list of cases and the names of those that tests name, so that a test can compare them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns the cases in the folder's `OBLIGATIONS.txt` and those named by its tests, both sorted.
 * @param cases Matches the name of a case.
 * @shape Tests for passwords, TLS and certificates of every version are in `security/`, so these count too.
 */
export function obligationsOf(folder: string, cases: RegExp): { readonly list: string[]; readonly named: string[] } {
  const lines = readFileSync(join(folder, 'OBLIGATIONS.txt'), 'utf8').split('\n');
  const list = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(' ')[0] ?? '');
  const named = [folder, join(folder, '..', 'security')].flatMap((place) =>
    readdirSync(place)
      .filter((file) => file.endsWith('.test.ts') && file !== 'obligations.test.ts')
      .flatMap((file) => readFileSync(join(place, file), 'utf8').match(cases) ?? []),
  );
  return { list: list.sort(), named: [...new Set(named)].sort() };
}
