import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const here = import.meta.dirname;

it('every obligation has a test, and every case that a test names is an obligation', () => {
  const list = readFileSync(join(here, 'OBLIGATIONS.txt'), 'utf8').match(/^TC_\w+/gm) ?? [];
  const named = readdirSync(here)
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => readFileSync(join(here, file), 'utf8').match(/TC_[A-Z]_\d+/g) ?? []);
  expect(list.length).toBe(new Set(list).size);
  expect([...new Set(named)].sort()).toEqual([...list].sort());
});
