/** What one charge point gets wrong, by rule: bounded, in memory, and safe to show. */
import { cleanText } from '../../observe/clean.js';

/** A rule that was broken. */
export interface BrokenRule {
  readonly version: string;
  /** Empty where no action could be read. */
  readonly action: string;
  /** List places are one: `meterValue[].sampledValue[].value`. */
  readonly path: string;
  /** A JSON Schema keyword, or what is wrong with the frame. */
  readonly keyword: string;
}

export interface ProtocolViolation extends BrokenRule {
  readonly count: number;
  /** Epoch ms, our clock. */
  readonly lastAt: number;
  /** The last value, short; people, tags and opaque text by their length alone. Empty where there is none. */
  readonly example: string;
  /** True when the message was read all the same, the last time. */
  readonly lenient: boolean;
}

/** Rules remembered for one charge point; then the one not broken for the longest time goes. */
const MAX_RULES = 50;

export class ProtocolViolations {
  private readonly byRule = new Map<string, ProtocolViolation>();
  /** Of all rules, the forgotten ones too. */
  total = 0;

  /** True when this rule was not known to be broken. */
  record(rule: BrokenRule, found: unknown, lenient: boolean, now: number): boolean {
    this.total += 1;
    const path = cleanText(rule.path.replaceAll(/\[\d+\]/g, '[]').slice(0, 120));
    const action = cleanText(rule.action.slice(0, 50));
    const key = `${rule.version} ${action} ${path} ${rule.keyword}`;
    const known = this.byRule.get(key);
    // Put in anew, so that the first one is always the one not seen for the longest.
    this.byRule.delete(key);
    const { version, keyword } = rule;
    const count = (known?.count ?? 0) + 1;
    this.byRule.set(key, {
      version,
      action,
      path,
      keyword,
      count,
      lastAt: now,
      example: describeExample(rule, found),
      lenient,
    });
    const oldest = this.byRule.size > MAX_RULES ? this.byRule.keys().next().value : undefined;
    if (oldest !== undefined) this.byRule.delete(oldest);
    return known === undefined;
  }

  /** The most frequent first. */
  list(): ProtocolViolation[] {
    return [...this.byRule.values()].sort((a, b) => b.count - a.count);
  }
}

/** Who somebody is, or what could open something. */
const PERSONAL_PATHS =
  /(idtag|idtoken|tagid|iccid|imsi|password|authorization|secret|key|certificate|csr|name|email|phone)/i;
/** Keywords whose broken values are words, times or numbers of a few characters. */
const QUOTABLE_KEYWORDS = new Set(['enum', 'format', 'type', 'minimum', 'maximum', 'multipleOf', 'pattern', 'label']);
const MAX_EXAMPLE_LENGTH = 40;

function describeExample({ path, keyword }: BrokenRule, found: unknown): string {
  if (found === undefined) return '';
  if (Array.isArray(found)) return `a list of ${found.length}`;
  if (typeof found === 'object' && found !== null) return 'an object';
  const text = String(found);
  const hidden = PERSONAL_PATHS.test(path) || !QUOTABLE_KEYWORDS.has(keyword) || text.length > MAX_EXAMPLE_LENGTH;
  if (!hidden) return cleanText(JSON.stringify(found));
  return typeof found === 'string' ? `${text.length} characters` : `a ${found === null ? 'null' : typeof found}`;
}
