/** Makes text from peers safe to log: removes control characters, hides secrets and limits the length. */

const MAX_STRING = 300;
const MAX_ITEMS = 20;
const MAX_DEPTH = 4;
const HIDDEN = '[hidden]';

/** Keys whose values are hidden: secrets, personal data and whole messages. */
const HIDDEN_KEYS =
  /^(.*(password|passwd|secret|token|authorization|cookie|privatekey|signingkey|seed)|body|rawbody|billing|phone|email|mobile|customer|person|signature)$/;

/** Complete terminal escape sequences (ECMA-48 CSI, OSC and two-character ones). */
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
/** Control characters (C0, DEL and C1), line separators, bidi controls (UAX #9) and zero-width characters. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(Signature|Bearer|Basic)\s+[^\s,;]+.*/gi, `$1 ${HIDDEN}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]+@/gi, `$1${HIDDEN}@`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*/g, HIDDEN],
];

/** Returns one line of printable text, cut after 300 characters, with credentials hidden. */
export function cleanText(text: string): string {
  // The text is cut first, so that a very long text is not searched.
  let clean = text
    .slice(0, MAX_STRING * 4)
    .replace(ESCAPES, ' ')
    .replace(CONTROLS, ' ');
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return clean.length > MAX_STRING ? `${clean.slice(0, MAX_STRING)}…` : clean;
}

/** Cleans a logged value recursively: cleans its text, hides the values of `HIDDEN_KEYS`, and limits size and depth. */
export function cleanDetail(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return cleanError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => cleanDetail(item, depth + 1));
  const entries = Object.entries(value).slice(0, MAX_ITEMS * 2);
  return Object.fromEntries(
    entries.map(([key, item]) => [cleanText(key), isHidden(key) ? HIDDEN : cleanDetail(item, depth + 1)]),
  );
}

function cleanError(error: Error, depth: number): unknown {
  return {
    name: cleanText(error.name),
    message: cleanText(error.message),
    stack: (error.stack ?? '')
      .split('\n')
      .slice(1, 9)
      .map((line) => cleanText(line.trim())),
    ...(error.cause === undefined || depth >= MAX_DEPTH ? {} : { cause: cleanDetail(error.cause, depth + 1) }),
  };
}

function isHidden(key: string): boolean {
  return HIDDEN_KEYS.test(key.toLowerCase().replaceAll(/[_-]/g, ''));
}
