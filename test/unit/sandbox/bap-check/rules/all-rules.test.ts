import { describe, expect, it } from 'vitest';
import { ALL_RULES } from '../../../../../src/sandbox/bap-check/rules/all-rules.js';

describe('the rules of bap-check', () => {
  it('have different ids', () => {
    const ids = ALL_RULES.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });
});
