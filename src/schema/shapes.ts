/** Loads the schemas behind the checks, so that a payload that failed its check can be read leniently. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const validatorsUrl = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/validators/' : '../validators/',
  import.meta.url,
);
const require = createRequire(import.meta.url);

/**
 * Returns the schema of one payload as it was compiled, with references only into its own `$defs`.
 * @errors Throws if the version has no such message, or the project was never built.
 */
export function ocppSchema(version: string, action: string, kind: string): { readonly [keyword: string]: unknown } {
  const schema: unknown = require(fileURLToPath(new URL(`ocpp-${version}/${action}.${kind}.json`, validatorsUrl)));
  if (typeof schema !== 'object' || schema === null) throw new Error(`${action}.${kind}.json is not a schema.`);
  return schema as { readonly [keyword: string]: unknown };
}
