/** Describes what a generated check reports, in a sentence that a peer's engineer can act on. */

export interface Violation {
  /** Such as `message.order.items[2].id`, or '' for the root. If a property is missing or unknown, its own path. */
  readonly path: string;
  /** The JSON Schema keyword of the violated rule, from which callers derive their error codes. */
  readonly keyword: string;
  /** A sentence with the rule and, if short, the value. */
  readonly message: string;
}

/** The part of ajv's error object that is used here. */
export interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Longer values are not quoted, because the sentence is sent to the peer and logged. */
const MAX_QUOTED_LENGTH = 40;

export function violationOf(error: SchemaError | undefined, root: unknown): Violation {
  if (!error) return { path: '', keyword: 'unknown', message: 'Does not fit the schema.' };
  const { path, found } = resolvePointer(error.instancePath, root);
  const { keyword, params } = error;
  const named = params.missingProperty ?? params.additionalProperty;
  return {
    path: typeof named === 'string' ? joinPath(path, named) : path,
    keyword,
    message: `${describeRule(keyword, params)}${describeFound(keyword, found)}.`,
  };
}

function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** Follows a JSON pointer through the value, and writes array indices in its path as `[2]`. */
function resolvePointer(pointer: string, root: unknown): { path: string; found: unknown } {
  let path = '';
  let found = root;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path = Array.isArray(found) ? `${path}[${name}]` : joinPath(path, name);
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined;
  }
  return { path, found };
}

function describeRule(keyword: string, params: SchemaError['params']): string {
  switch (keyword) {
    case 'required':
      return 'Is required, and missing';
    case 'additionalProperties':
      return 'Is not a property of this message';
    case 'type':
      return `Must be ${describeTypes(params.type)}`;
    case 'enum':
      return `Must be one of ${Array.isArray(params.allowedValues) ? params.allowedValues.join(', ') : 'a fixed list'}`;
    case 'const':
      return `Must be ${JSON.stringify(params.allowedValue)}`;
    case 'maxLength':
      return `Must have at most ${String(params.limit)} characters`;
    case 'minLength':
      return `Must have at least ${plural(params.limit, 'character')}`;
    case 'minItems':
      return `Must have at least ${plural(params.limit, 'entry')}`;
    case 'minProperties':
      return `Must have at least ${plural(params.limit, 'property')}`;
    case 'minimum':
    case 'maximum':
      return `Must be ${String(params.comparison)} ${String(params.limit)}`;
    case 'multipleOf':
      return `Must be a multiple of ${String(params.multipleOf)}`;
    case 'format':
      return `Must be a ${String(params.format)}${params.format === 'date-time' ? ' with seconds and a zone' : ''}`;
    case 'pattern':
      return `Must match ${String(params.pattern)}`;
    case 'oneOf':
      return 'Must carry exactly one of message and error';
    default:
      return `Breaks the rule "${keyword}"`;
  }
}

function describeTypes(type: unknown): string {
  const names = (Array.isArray(type) ? type : String(type).split(',')).map(String);
  return names.map((name) => (name === 'null' ? name : `${/^[aio]/.test(name) ? 'an' : 'a'} ${name}`)).join(' or ');
}

function plural(count: unknown, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${String(count)} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}

function describeFound(keyword: string, found: unknown): string {
  if (keyword === 'required' || keyword === 'additionalProperties' || keyword === 'oneOf') return '';
  if (Array.isArray(found)) return '; found an array';
  if (typeof found === 'object' && found !== null) return '; found an object';
  if (typeof found === 'string' && found.length > MAX_QUOTED_LENGTH) return `; found ${found.length} characters`;
  return found === undefined ? '' : `; found ${JSON.stringify(found)}`;
}
