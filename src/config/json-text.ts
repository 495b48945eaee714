/** Parses JSON that a person has written. */

/**
 * Parses like `JSON.parse`, with or without a byte order mark.
 * @errors Throws a SyntaxError if the text is not JSON, or if a member occurs twice in an object. `JSON.parse` alone
 *         would keep only the last one.
 */
export function parseHandWrittenJson(text: string): unknown {
  const bare = text.replace(/^\uFEFF/, '');
  const value: unknown = JSON.parse(bare);
  const repeated = repeatedMember(bare);
  if (repeated)
    throw new SyntaxError(`"${repeated.name}" occurs twice in an object, the second time at ${placeText(repeated)}`);
  return value;
}

export interface RepeatedMember {
  readonly name: string;
  /** Counted from 1, like `column`. */
  readonly line: number;
  readonly column: number;
}

/** Returns the first member that occurs twice in an object of a valid JSON text. */
export function repeatedMember(text: string): RepeatedMember | undefined {
  /** The names so far in each object that is open; `undefined` for a list. */
  const open: (Set<string> | undefined)[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at];
    if (mark === '{' || mark === '[') open.push(mark === '{' ? new Set() : undefined);
    else if (mark === '}' || mark === ']') open.pop();
    else if (mark === '"') {
      const [names, end] = [open.at(-1), endOfString(text, at)];
      if (isName && names) {
        const name = JSON.parse(text.slice(at, end)) as string;
        if (names.size === names.add(name).size) return { name, ...placeAt(text, at) };
      }
      isName = false;
      at = end - 1;
    }
    if (mark === '{' || mark === ',') isName = true;
  }
  return undefined;
}

/** Returns the index after a string. A regular expression would overflow the stack on millions of characters. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function placeAt(text: string, index: number): Pick<RepeatedMember, 'line' | 'column'> {
  const before = text.slice(0, index);
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') };
}

function placeText({ line, column }: RepeatedMember): string {
  return `line ${line}, column ${column}`;
}
