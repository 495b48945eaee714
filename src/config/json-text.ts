/** Parses JSON that a person has written. */

/** One token: a text, or a mark of the structure. Numbers and words are skipped. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * Parses like `JSON.parse`, with or without a byte order mark.
 * @errors Throws a SyntaxError also if an object has a member twice, of which `JSON.parse` would keep only the last.
 */
export function parseJson(text: string): unknown {
  const bare = text.replace(/^\uFEFF/, '');
  const value: unknown = JSON.parse(bare);
  const repeated = repeatedMember(bare);
  if (repeated)
    throw new SyntaxError(`"${repeated.name}" occurs twice in an object, the second time at ${placeText(repeated)}`);
  return value;
}

export interface RepeatedMember {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** Returns the first member that occurs twice in an object of a valid JSON text. */
export function repeatedMember(text: string): RepeatedMember | undefined {
  /** The names so far in each object that is open; `undefined` for a list. */
  const open: (Set<string> | undefined)[] = [];
  let isName = false;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const names = open.at(-1);
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (isName && names) {
      const name = JSON.parse(token) as string;
      if (names.size === names.add(name).size) return { name, ...placeAt(text, index) };
    }
    isName = token === '{' || token === ',';
  }
  return undefined;
}

function placeAt(text: string, index: number): Pick<RepeatedMember, 'line' | 'column'> {
  const before = text.slice(0, index);
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') };
}

function placeText({ line, column }: RepeatedMember): string {
  return `line ${line}, column ${column}`;
}
