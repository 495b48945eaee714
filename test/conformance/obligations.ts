/** A list of cases and the tests that name them, each held against the other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param cases How the cases of the list are written.
 * @shape What shows a password, TLS or a certificate is in `security/`, whatever its version.
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
