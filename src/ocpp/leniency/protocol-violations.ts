/** Counts the protocol rules that one charge point breaks, in memory and without personal data. */
import { cleanText } from '../../observe/clean.js';

export interface BrokenRule {
  readonly version: string;
  /** Empty if no action could be read. */
  readonly action: string;
  /** The path without list indexes: `meterValue[].sampledValue[].value`. */
  readonly path: string;
  /** A JSON Schema keyword, or our name for another fault. */
  readonly keyword: string;
}

export interface ProtocolViolation extends BrokenRule {
  readonly count: number;
  /** Epoch ms, by our clock. */
  readonly lastAt: number;
  /**
   * The last value that broke the rule; empty if there was none. Quoted only if it is a short scalar, its keyword is in
   * `QUOTABLE_KEYWORDS`, and its path suggests neither personal data nor a secret; otherwise only its type or size is
   * given.
   */
  readonly example: string;
  /** True if the last such message was accepted nevertheless. */
  readonly lenient: boolean;
}

/** How many rules are kept per charge point. Beyond that, the least recently broken rule is forgotten. */
const MAX_RULES = 50;

export class ProtocolViolations {
  readonly #byRule = new Map<string, ProtocolViolation>();
  /** The number of violations, including those of forgotten rules. */
  total = 0;

  /** Counts a violation. @returns True if the rule was not in the list. */
  record(rule: BrokenRule, found: unknown, lenient: boolean, now: number): boolean {
    this.total += 1;
    const { version, keyword } = rule;
    const path = cleanText(rule.path.replaceAll(/\[\d+\]/g, '[]').slice(0, 120));
    const action = cleanText(rule.action.slice(0, 50));
    const key = `${version} ${action} ${path} ${keyword}`;
    const known = this.#byRule.get(key);
    // Insert the rule at the end again, so that the first entry is the least recently broken rule.
    this.#byRule.delete(key);
    const count = (known?.count ?? 0) + 1;
    const example = describeExample(rule, found);
    this.#byRule.set(key, { version, action, path, keyword, count, lastAt: now, example, lenient });
    const oldest = this.#byRule.size > MAX_RULES ? this.#byRule.keys().next().value : undefined;
    if (oldest !== undefined) this.#byRule.delete(oldest);
    return known === undefined;
  }

  /** Returns the broken rules, the most frequent first. */
  list(): ProtocolViolation[] {
    return [...this.#byRule.values()].sort((a, b) => b.count - a.count);
  }
}

/** Fields that may identify a person or contain a secret. */
const PERSONAL_PATHS =
  /(idtag|idtoken|tagid|iccid|imsi|password|authorization|secret|key|certificate|csr|name|email|phone)/i;
/** Keywords whose violating values may be quoted: mostly enumeration values, times and numbers. */
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
