/** The rules that one charge point breaks: a limited number, in memory, without personal data. */
import { cleanText } from '../../observe/clean.js';

export interface BrokenRule {
  readonly version: string;
  /** Empty if no action could be read. */
  readonly action: string;
  /** The items of a list count as one: `meterValue[].sampledValue[].value`. */
  readonly path: string;
  /** A JSON Schema keyword, or the fault of the frame. */
  readonly keyword: string;
}

export interface ProtocolViolation extends BrokenRule {
  readonly count: number;
  /** Epoch ms, our clock. */
  readonly lastAt: number;
  /**
   * The last value, shortened. Only the length is given of identifiers, secrets and opaque text. Empty if there is
   * none.
   */
  readonly example: string;
  /** Whether the last such message was accepted all the same. */
  readonly lenient: boolean;
}

/** Rules of one charge point; beyond that, the one that was not broken for the longest time is forgotten. */
const MAX_RULES = 50;

export class ProtocolViolations {
  readonly #byRule = new Map<string, ProtocolViolation>();
  /** Counts violations of forgotten rules too. */
  total = 0;

  /** Returns true for a rule that was not known to be broken. */
  record(rule: BrokenRule, found: unknown, lenient: boolean, now: number): boolean {
    this.total += 1;
    const { version, keyword } = rule;
    const path = cleanText(rule.path.replaceAll(/\[\d+\]/g, '[]').slice(0, 120));
    const action = cleanText(rule.action.slice(0, 50));
    const key = `${version} ${action} ${path} ${keyword}`;
    const known = this.#byRule.get(key);
    // Inserted again at the end: the first entry is the one that was not broken for the longest time.
    this.#byRule.delete(key);
    const count = (known?.count ?? 0) + 1;
    const example = describeExample(rule, found);
    this.#byRule.set(key, { version, action, path, keyword, count, lastAt: now, example, lenient });
    const oldest = this.#byRule.size > MAX_RULES ? this.#byRule.keys().next().value : undefined;
    if (oldest !== undefined) this.#byRule.delete(oldest);
    return known === undefined;
  }

  /** Most frequent first. */
  list(): ProtocolViolation[] {
    return [...this.#byRule.values()].sort((a, b) => b.count - a.count);
  }
}

/** Fields that identify a person or contain a secret. */
const PERSONAL_PATHS =
  /(idtag|idtoken|tagid|iccid|imsi|password|authorization|secret|key|certificate|csr|name|email|phone)/i;
/** Keywords whose violating values are enumeration values, times or short numbers. */
const QUOTABLE_KEYWORDS = new Set(['enum', 'format', 'type', 'minimum', 'maximum', 'multipleOf', 'pattern', 'label']);
const MAX_EXAMPLE_LENGTH = 40;

function describeExample({ path, keyword }: BrokenRule, found: unknown): string {
  if (found === undefined) return '';
  if (Array.isArray(found)) return `a list of ${found.length}`;
  if (typeof found === 'object' && found !== null) return 'an object';
  const text = String(found);
  const isHidden = PERSONAL_PATHS.test(path) || !QUOTABLE_KEYWORDS.has(keyword) || text.length > MAX_EXAMPLE_LENGTH;
  if (!isHidden) return cleanText(JSON.stringify(found));
  return typeof found === 'string' ? `${text.length} characters` : `a ${found === null ? 'null' : typeof found}`;
}
