/** Parses JSON from peers, refusing what could exhaust the stack, take too long or change a prototype. */

export interface JsonLimits {
  /** Maximum nesting of objects and arrays; the outermost level is 1. */
  readonly maxDepth: number;
  /** Maximum number of members of all objects together. */
  readonly maxKeys: number;
}

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly reason: 'syntax' | 'depth' | 'keys' | 'forbidden-key';
      /** A sentence that does not quote the text, so that it can be logged and sent back. */
      readonly message: string;
    };

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const FORBIDDEN_KEY_HINT = /__proto__|constructor|prototype|\\u/;

/**
 * Parses JSON within limits. Depth and keys are counted in the text before it is parsed.
 * @shape  The root may also be a scalar or `null`; the caller must check its type.
 * @errors Never throws; returns a reason and a sentence.
 */
export function parseJson(text: string, limits: JsonLimits): ParsedJson {
  const excess = findExcess(text, limits);
  if (excess) return excess;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: 'syntax', message: syntaxMessage(text, error) };
  }
  // The hint may also match a value or an escape, so only the parsed keys decide. They are searched only after a match.
  if (FORBIDDEN_KEY_HINT.test(text)) {
    const key = findForbiddenKey(value);
    if (key !== undefined) {
      return { ok: false, reason: 'forbidden-key', message: `The property name ${key} is not accepted.` };
    }
  }
  return { ok: true, value };
}

/** Checks whether JSON text that is parsed elsewhere is within the limits. */
export function isWithinLimits(text: string, limits: JsonLimits): boolean {
  return findExcess(text, limits) === undefined;
}

/** Counts brackets and colons outside strings in one pass. */
function findExcess(text: string, limits: JsonLimits): ParsedJson | undefined {
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < text.length; i += 1) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        i = findClosingQuote(text, i);
        if (i === -1) return undefined; // unterminated: the parser reports it
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth += 1;
        if (depth > limits.maxDepth) {
          return { ok: false, reason: 'depth', message: `The JSON is nested deeper than ${limits.maxDepth} levels.` };
        }
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      case 0x3a: // : (one for each member)
        keys += 1;
        if (keys > limits.maxKeys) {
          return { ok: false, reason: 'keys', message: `The JSON has more than ${limits.maxKeys} properties.` };
        }
        break;
    }
  }
  return undefined;
}

/** Returns the index of the quote that closes the string, or -1. An odd number of backslashes escapes a quote. */
function findClosingQuote(text: string, open: number): number {
  let from = open + 1;
  for (;;) {
    const close = text.indexOf('"', from);
    if (close === -1) return -1;
    let slash = close - 1;
    while (slash >= from && text.charCodeAt(slash) === 0x5c) slash -= 1;
    if ((close - slash) % 2 === 1) return close;
    from = close + 1;
  }
}

/** Recursion is safe here, because the depth is already limited. */
function findForbiddenKey(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) return key;
    const inner = findForbiddenKey(part);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** Takes only the position from the parser's message, because the rest may quote the text. */
function syntaxMessage(text: string, error: unknown): string {
  if (text.trim() === '') return 'The body is empty; JSON was expected.';
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined ? 'The text is not valid JSON.' : `The text is not valid JSON at position ${position}.`;
}
