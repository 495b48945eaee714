import { readFileSync } from 'node:fs';

/**
 * The version in `package.json`. Modules and the bundle both lie two folders below it.
 * @errors Throws when `package.json` is missing or has no version.
 */
export function programVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version?: unknown };
  if (typeof version !== 'string') throw new Error('package.json has no version');
  return version;
}
