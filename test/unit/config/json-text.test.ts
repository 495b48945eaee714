import { describe, expect, it } from 'vitest';
import { parseHandWrittenJson, repeatedMember } from '../../../src/config/json-text.js';

describe('a JSON text', () => {
  it.each([
    ['in an object', '{"a": 1,\n  "a": 2}', { name: 'a', line: 2, column: 3 }],
    ['in an inner object', '[{"x": [1, "y", {"b": {}, "c": [], "b": null}]}]', { name: 'b', line: 1, column: 36 }],
    ['after an inner object', '{"a": {"a": 1}, "b": [{"a": 1}],\n"a": 2}', { name: 'a', line: 2, column: 1 }],
    ['written in two ways', '{"a": 1, "\\u0061": 2}', { name: 'a', line: 1, column: 10 }],
    ['that every object has', '{"__proto__": 1, "__proto__": 2}', { name: '__proto__', line: 1, column: 18 }],
  ])('is refused with a member twice: %s', (_where, text, expected) => {
    expect(repeatedMember(text)).toEqual(expected);
    expect(() => parseHandWrittenJson(text)).toThrow(`"${expected.name}" occurs twice in an object`);
  });

  it('may contain a text of any length, with escapes or without', () => {
    for (const text of ['x'.repeat(20_000_000), '\\n'.repeat(10_000_000)])
      expect(repeatedMember(`{"a": "${text}", "a": 1}`)).toMatchObject({ name: 'a', column: text.length + 11 });
  });

  it.each([
    '{"a": {"a": "a"}, "b": ["a", "a", {"a": 1}, {"a": 2}]}',
    '{"a": "\\", \\"a\\": ", "b": "{\\"a\\":1,\\"a\\":1}"}',
    '["a", "a"]',
    '"a"',
    '7',
    '{"constructor": 1}',
  ])('is read as it is: %s', (text) => {
    expect(parseHandWrittenJson(text)).toEqual(JSON.parse(text));
    expect(parseHandWrittenJson(`\uFEFF${text}`)).toEqual(JSON.parse(text));
  });
});
