/** Parses catalogue filters, which use a subset of JSONPath, into a tree. No expression is ever executed as code. */

export type Step = { readonly name: string } | { readonly any: true } | { readonly filter: FilterExpression };

export type Operand =
  | { readonly kind: 'path'; readonly steps: readonly Step[] }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null };

const OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;

export type FilterExpression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly FilterExpression[] }
  | { readonly kind: 'not'; readonly part: FilterExpression }
  | {
      readonly kind: 'compare';
      readonly left: Operand;
      readonly op: (typeof OPERATORS)[number];
      readonly right: Operand;
    }
  | { readonly kind: 'exists'; readonly path: Operand };

/** Longest accepted expression, in characters. */
export const MAX_EXPRESSION_LENGTH = 2000;
const MAX_DEPTH = 16;

const TOKEN =
  /\s*(?:(&&|\|\||==|!=|<=|>=|[<>!()[\]?.*@$])|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(-?\d{1,15}(?:\.\d{1,15})?)|([A-Za-z_][\w:-]*))/y;

interface Token {
  readonly text: string;
  readonly kind: 'sign' | 'string' | 'number' | 'name';
  readonly position: number;
}

class FilterSyntaxError extends Error {}

/**
 * Parses a single filter, such as `$[?(@.a.b == 'x' && @.c >= 5)]`. Also supports `!`, `||`, parentheses, `[*]`,
 * `['name']` and filters inside paths.
 * @errors `problem` says what cannot be parsed, if possible with its position.
 */
export function parseFilter(
  expression: string,
): { readonly expression: FilterExpression } | { readonly problem: string } {
  try {
    return { expression: new Parser(tokenize(expression)).parse() };
  } catch (error) {
    if (error instanceof FilterSyntaxError) return { problem: error.message };
    throw error;
  }
}

function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  const text = expression.trimEnd();
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
    const position = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) {
      throw new FilterSyntaxError(`at ${position + 1}: "${text.slice(position, position + 20).trim()}"`);
    }
    const [, sign, string, number, name] = match;
    const kind = sign ? 'sign' : string ? 'string' : number ? 'number' : 'name';
    tokens.push({ text: sign ?? string ?? number ?? name ?? '', kind, position });
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): FilterExpression {
    this.#expect('$');
    // The path before the filter (`$.catalogs[*].items`) is ignored: the filter applies to our items.
    const steps = this.#steps();
    const last = steps.at(-1);
    if (this.#next < this.#tokens.length || !last || !('filter' in last)) throw this.#unexpected('a filter [?( … )]');
    if (steps.slice(0, -1).some((step) => 'filter' in step)) throw new FilterSyntaxError('more than one filter');
    return last.filter;
  }

  #steps(): Step[] {
    const steps: Step[] = [];
    for (;;) {
      if (this.#accept('.')) {
        if (this.#accept('*')) steps.push({ any: true });
        else steps.push({ name: this.#expectKind('name', 'a name').text });
      } else if (this.#accept('[')) {
        steps.push(this.#bracket());
        this.#expect(']');
      } else return steps;
    }
  }

  #bracket(): Step {
    if (this.#accept('*')) return { any: true };
    if (this.#accept('?')) return { filter: this.#nested(() => this.#or()) };
    return { name: unquote(this.#expectKind('string', 'a name in quotes, * or ?').text) };
  }

  #or(): FilterExpression {
    const parts = [this.#and()];
    while (this.#accept('||')) parts.push(this.#and());
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'or', parts };
  }

  #and(): FilterExpression {
    const parts = [this.#term()];
    while (this.#accept('&&')) parts.push(this.#term());
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'and', parts };
  }

  #term(): FilterExpression {
    if (this.#accept('!')) return { kind: 'not', part: this.#nested(() => this.#term()) };
    if (this.#accept('(')) {
      const inner = this.#nested(() => this.#or());
      this.#expect(')');
      return inner;
    }
    const left = this.#operand();
    const token = this.#tokens[this.#next];
    const op = OPERATORS.find((operator) => operator === token?.text && token.kind === 'sign');
    if (op === undefined) {
      if (left.kind === 'literal') throw this.#unexpected('a comparison');
      return { kind: 'exists', path: left };
    }
    this.#next += 1;
    return { kind: 'compare', left, op, right: this.#operand() };
  }

  #operand(): Operand {
    if (this.#accept('@')) return { kind: 'path', steps: this.#steps() };
    const token = this.#tokens[this.#next];
    const value = token && literalValue(token);
    if (value === undefined) throw this.#unexpected('@, a text or a number');
    this.#next += 1;
    return { kind: 'literal', value };
  }

  #nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new FilterSyntaxError('nested too deeply');
    const parsed = parse();
    this.#depth -= 1;
    return parsed;
  }

  #accept(sign: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.#next += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#accept(sign)) throw this.#unexpected(sign);
  }

  #expectKind(kind: Token['kind'], expected: string): Token {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind) throw this.#unexpected(expected);
    this.#next += 1;
    return token;
  }

  #unexpected(expected: string): FilterSyntaxError {
    const token = this.#tokens[this.#next];
    return new FilterSyntaxError(
      token
        ? `at ${token.position + 1}: ${expected} is expected, not "${token.text.slice(0, 40)}"`
        : `it ends where ${expected} is expected`,
    );
  }
}

function literalValue({ kind, text }: Token): string | number | boolean | null | undefined {
  if (kind === 'string') return unquote(text);
  if (kind === 'number') return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text === 'null' ? null : undefined;
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, '$1');
}
