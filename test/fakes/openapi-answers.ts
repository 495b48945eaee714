/** Checks real answers of the operator API against its OpenAPI document, and tracks which operations have been seen. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ENDPOINTS } from '../../src/operator/endpoints.js';
import { openApiDocument } from '../../src/operator/openapi.js';

const ID = 'https://operator.test/openapi.json';

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(openApiDocument(), ID);

export interface OpenApiAnswers {
  /** Checks one answer. @errors Throws if the document does not allow it. */
  check(method: string, path: string, answer: { readonly status: number; readonly body: unknown }): void;
  /** Returns each operation with an outcome that it has not yet shown, such as `GET /api/orders: failed`. */
  unseen(): string[];
}

/** Creates the check. Every endpoint is expected to show a success and a failure. */
export function createOpenApiAnswers(): OpenApiAnswers {
  const seen = new Set<string>();
  return {
    check(method, path, { status, body }) {
      const pathname = path.split('?')[0] ?? '';
      const endpoint = ENDPOINTS.find((one) => one.method === method && patternOf(one.path).test(pathname));
      const isDone = status >= 200 && status < 300;
      if (!endpoint) {
        if (!isDone) validate('#/components/schemas/Error', body, `${method} ${path}`);
        return;
      }
      const name = `${method} ${endpoint.path}`;
      const operation = `#/paths/${pointer(endpoint.path.replaceAll(/:(\w+)/g, '{$1}'))}/${method.toLowerCase()}`;
      seen.add(`${name}: ${isDone ? 'done' : 'failed'}`);
      if (!ajv.getSchema(`${ID}${operation}/responses/${status}`)) throw new Error(`${name} may not answer ${status}`);
      if (isDone && 'contentType' in endpoint.answer) return;
      validate(`${operation}/responses/${status}/content/${pointer('application/json')}/schema`, body, name);
    },
    unseen: () =>
      ENDPOINTS.flatMap(({ method, path }) =>
        ['done', 'failed'].map((outcome) => `${method} ${path}: ${outcome}`).filter((one) => !seen.has(one)),
      ),
  };
}

function validate(at: string, body: unknown, name: string): void {
  const check = ajv.getSchema(`${ID}${at}`);
  if (!check) throw new Error(`the document has no ${at}`);
  if (check(body) !== true) throw new Error(`${name}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(body)}`);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
}

/** Encodes a JSON pointer segment for a URI fragment. */
function pointer(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}
