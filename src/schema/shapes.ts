/** The schemas behind the checks, for lenient reading of a payload that its check refused. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const validatorsUrl = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/validators/' : '../validators/',
  import.meta.url,
);
const require = createRequire(import.meta.url);

/**
 * The schema of one payload as it was compiled: references point into its own `$defs` only. Loaded on first use.
 * @errors Throws for a message that the version does not have, or if the project was never built.
 */
export function ocppSchema(version: string, action: string, kind: string): { readonly [keyword: string]: unknown } {
  const schema: unknown = require(fileURLToPath(new URL(`ocpp-${version}/${action}.${kind}.json`, validatorsUrl)));
  if (typeof schema !== 'object' || schema === null) throw new Error(`${action}.${kind}.json is not a schema.`);
  return schema as { readonly [keyword: string]: unknown };
}
