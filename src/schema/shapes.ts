/** The schemas behind the checks, for who has to mend what a check refused. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const validatorsUrl = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/validators/' : '../validators/',
  import.meta.url,
);
const require = createRequire(import.meta.url);

/**
 * One payload's schema as it was compiled: references go to its own `$defs` alone. Loaded when first asked for.
 * @errors Throws for a message that this version does not have, or when the project was never built.
 */
export function ocppSchema(version: string, action: string, kind: string): { readonly [keyword: string]: unknown } {
  const schema: unknown = require(fileURLToPath(new URL(`ocpp-${version}/${action}.${kind}.json`, validatorsUrl)));
  if (typeof schema !== 'object' || schema === null) throw new Error(`${action}.${kind}.json is no schema.`);
  return schema as { readonly [keyword: string]: unknown };
}
