/**
 * The published Beckn schemas in two validators: ajv, which also builds our own, and schemasafe, which the protocol
 * server of the network uses. `BECKN_SCHEMAS` names their folder; the repository has no copy.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json as SafeJson, type Schema, validator } from '@exodus/schemasafe';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

const FOLDER = process.env['BECKN_SCHEMAS'] ?? '';

/** The core schemas, and the UEI network's rules, which close every object. */
export const CORE = 'core-v1/core-1.1.0.yaml';
export const LAYER_TWO = 'uei-l2/missions-ev-charging_uei_1.1.0-oas3.0.yaml';

/** Beckn 2.0.0 LTS: an OpenAPI 3.1 document, so its schemas use draft 2020-12. */
const LTS = 'beckn-v2-lts/beckn-2.0.0.yaml';

export const published = FOLDER !== '' && [CORE, LAYER_TWO].every((file) => existsSync(join(FOLDER, file)));

export const publishedLts = FOLDER !== '' && existsSync(join(FOLDER, LTS));

export function warnOfSkipping(what: string): void {
  if (published) return;
  const files = [CORE, LAYER_TWO].join(' and ');
  console.warn(`SKIPPED: ${what} against the published Beckn schemas; set BECKN_SCHEMAS to the folder with ${files}.`);
}

export type Verdict = (value: unknown) => string | undefined;

interface OpenApi {
  readonly paths: Record<string, { post: { requestBody: { content: Record<string, { schema: object }> } } }>;
  readonly components: object;
}

const documents = new Map<string, { document: OpenApi; ajv: Ajv }>();

/** Compiles one ajv per document. The components are available under the name `doc`. */
function read(file: string): { document: OpenApi; ajv: Ajv } {
  let known = documents.get(file);
  if (!known) {
    const document = parse(readFileSync(join(FOLDER, file), 'utf8')) as OpenApi;
    const Library = file === LTS ? Ajv2020 : Ajv;
    const ajv = new Library({ strict: false, allErrors: false, validateFormats: true });
    formats.default(ajv);
    ajv.addFormat('phone', true);
    ajv.addSchema(document, 'doc');
    documents.set(file, (known = { document, ajv }));
  }
  return known;
}

/** Returns a check by ajv of an action's body, which returns the first problem or `undefined`. */
export function ajvVerdict(file: string, action: string): Verdict {
  const { ajv } = read(file);
  const validate = ajv.compile({ $ref: `doc#/paths/~1${action}/post/requestBody/content/application~1json/schema` });
  return (value) => (validate(value) ? undefined : ajv.errorsText(validate.errors));
}

/** Does the same with schemasafe, in the mode of the protocol server, but its check returns all problems. */
export function safeVerdict(file: string, action: string): Verdict {
  const { document } = read(file);
  const schema = document.paths[`/${action}`]?.post.requestBody.content['application/json']?.schema;
  const whole = { ...schema, components: document.components, paths: document.paths };
  const validate = validator(whole as Schema, {
    mode: 'lax',
    includeErrors: true,
    allErrors: true,
    contentValidation: true,
    $schemaDefault: 'http://json-schema.org/draft/2020-12/schema',
    formats: { phone: () => true },
  });
  return (value) => {
    try {
      if (validate(value as SafeJson)) return undefined;
    } catch (error) {
      // The validator reads keys of non-objects if a schema does not require an object.
      return String(error);
    }
    return (validate.errors ?? []).map((one) => `${one.instanceLocation} breaks ${one.keywordLocation}`).join('; ');
  };
}

const ltsVerdicts = new Map<string, readonly Verdict[]>();

/** Returns the first problem that a validator finds in a message of Beckn 2.0.0 LTS. Requires `publishedLts`. */
export function ltsProblem(action: string, body: unknown): string | undefined {
  let verdicts = ltsVerdicts.get(action);
  if (!verdicts) ltsVerdicts.set(action, (verdicts = [ajvVerdict(LTS, action), safeVerdict(LTS, action)]));
  return verdicts.map((verdict) => verdict(body)).find((problem) => problem !== undefined);
}
