/** Builds the OpenAPI document of the operator's API from the list of its endpoints. */
import { REFUSALS } from '../domain/model/refusal.js';
import { programVersion } from '../config/program-version.js';
import { ENDPOINTS } from './endpoints.js';
import type { Endpoint } from './http/endpoint.js';
import { list, MONEY, object, open, text, whole, type JsonSchema } from './http/json-schema.js';
import { PROBLEMS, statusOf, type Problem, type ProblemCode } from './http/problem.js';

/** The problems that every endpoint may return. */
const COMMON_PROBLEMS: readonly ProblemCode[] = [
  'bad-parameter',
  'unknown-parameter',
  'bad-request',
  'unauthorized',
  'scope-missing',
  'request-timeout',
  'headers-too-large',
  'too-many-attempts',
  'internal',
  'store-unavailable',
];

/** Describes each member of a problem, so that none is sent that the document does not allow. */
const PROBLEM_MEMBERS: { readonly [Name in keyof Problem]-?: JsonSchema } = {
  code: {
    type: 'string',
    enum: [...Object.keys(PROBLEMS), ...Object.keys(REFUSALS)],
    description: 'For programs; docs/operator-api.md and docs/error-codes.md list them.',
  },
  message: text('What failed, in one sentence.'),
  hint: text('What to do about it.'),
  parameter: text('The parameter of the path or query that was refused.'),
  field: text('The member of the body that was refused.'),
  value: text('The value that was refused, shortened.'),
  rule: text('The rule that it breaks.'),
  didYouMean: text('The name or value that was probably meant.'),
  scope: text('The scope that the token lacks.'),
  faults: list(
    object(
      { rule: text('The rule that it breaks.') },
      {
        file: text('The file, or the address it was pulled from.'),
        line: whole('From 1.'),
        column: { type: ['string', 'integer'], description: 'A heading of a CSV file, or a position in the line.' },
        path: text('The place in a document.'),
        value: text('The value, shortened.'),
        didYouMean: text('The value that was probably meant.'),
      },
    ),
    'With `import-invalid`: the first faults.',
  ),
  faultCount: whole('The number of all faults.'),
  difference: list(open('A change, as an import that succeeds has it.'), 'What the import would otherwise change.'),
  files: list(open('How a file was understood.')),
  problems: list(text('With `reload-invalid`: a problem and its place.')),
  status: text('The same as `code`; only in the answer of /health/ready.'),
  reasons: list(text('A reason why the process is not ready.')),
  findings: list(
    object({
      code: text('For programs.'),
      severity: text('`error` or `warning`.'),
      title: text('The meaning of the code.'),
      message: text('What exactly was found; the same as the reason.'),
      remedy: text('What to do about it.'),
    }),
    'The reasons with their remedies.',
  ),
};

const ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'Every answer that is not 2xx.',
  properties: { ...PROBLEM_MEMBERS, error: text('The same as `code`; its older name.') },
  required: ['code', 'error', 'message', 'hint'],
  additionalProperties: false,
};

/** Builds the document in OpenAPI 3.1.0. */
export function openApiDocument(): object {
  const paths: { [path: string]: { [method: string]: object } } = {};
  for (const endpoint of ENDPOINTS) {
    const path = openApiPath(endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'beckn-ocpp-bridge: the operator’s API',
      version: programVersion(),
      description:
        'Lists are paged by `limit` and `cursor`. Energy is in Wh, money in minor units with its currency beside it, and times are epoch ms with RFC 3339 beside them.',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'See docs/operator-api.md.' } },
      schemas: { Money: MONEY, Error: ERROR_SCHEMA },
    },
  };
}

function openApiPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function operationOf(endpoint: Endpoint): object {
  const { path, method, description, scope, query = {}, answer } = endpoint;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(query).map(([name, { schema }]) => ({
    name,
    in: 'query',
    required: false,
    description: schema.description,
    schema,
  }));
  const content =
    'contentType' in answer
      ? { [answer.contentType]: { schema: { type: 'string', description: answer.description } } }
      : { 'application/json': { schema: answer } };
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z]+(\w?)/g, (_whole, letter: string) => letter.toUpperCase())}`,
    description: `${description} Scope: ${scope}.`,
    'x-scope': scope,
    parameters: [...inPath, ...inQuery],
    ...requestBodyOf(endpoint),
    responses: { 200: { description: 'Done.', content }, ...problemResponses(endpoint) },
  };
}

function requestBodyOf(endpoint: Endpoint): object {
  if (endpoint.method === 'GET' || endpoint.body === undefined) return {};
  const { body } = endpoint;
  const content =
    body === 'text'
      ? { 'text/csv': { schema: { type: 'string' } }, 'application/json': { schema: { type: 'object' } } }
      : { 'application/json': { schema: body } };
  return { requestBody: { required: body === 'text' || (body.required ?? []).length > 0, content } };
}

/** Builds one response per HTTP status; its description lists the error codes with that status. */
function problemResponses(endpoint: Endpoint): object {
  const isActing = endpoint.method !== 'GET';
  const codes = [
    ...COMMON_PROBLEMS,
    ...(isActing ? (['too-large', 'mute'] as const) : []),
    ...(endpoint.problems ?? []),
  ];
  const actsOnOrder = isActing && endpoint.audit.targetKind === 'order';
  const byStatus = new Map<number, string[]>(actsOnOrder ? [[409, ['a refusal of docs/error-codes.md']]] : []);
  for (const code of codes) byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  const schema = { $ref: '#/components/schemas/Error' };
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, names]) => [
        status,
        { description: names.join(', '), content: { 'application/json': { schema } } },
      ]),
  );
}
