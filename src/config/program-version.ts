import { readFileSync } from 'node:fs';

/**
 * Returns the version in `package.json`, which is two folders up both for this module and for the bundle.
 * @errors Throws if `package.json` is missing or has no version.
 */
export function programVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version?: unknown };
  if (typeof version !== 'string') throw new Error('package.json has no version');
  return version;
}
