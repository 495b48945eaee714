import { describe, expect, it } from 'vitest';
import { rulesOf } from '../../../../../src/sandbox/bap-check/rules/all-rules.js';
import { DIALECT_NAMES, DIALECTS } from '../../../../../src/sandbox/dialects/all.js';

describe('the rules of bap-check', () => {
  it.each(DIALECT_NAMES)('have different ids in %s, and need rules that exist', (name) => {
    const rules = rulesOf(DIALECTS[name]);
    const ids = rules.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(rules.filter(({ needs }) => needs !== undefined && !ids.includes(needs))).toEqual([]);
  });
});
