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

  it.each(DIALECT_NAMES)('name every callback that a request of %s must wait for', (name) => {
    const dialect = DIALECTS[name];
    const source = rulesOf(dialect).find(({ id }) => id === 'journey.order')?.source ?? '';
    const start = dialect.contents.start === undefined ? '' : ', update to start charging needs on_confirm';
    expect(source).toContain(
      `select needs on_${dialect.actions.search}, init needs on_select, confirm needs on_init${start}`,
    );
    expect(source.endsWith('needs on_confirm')).toBe(start !== '');
  });
});
