import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/schema/json-guard.js';

const limits = { maxDepth: 32, maxKeys: 1000 };
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('parseJson', () => {
  it('gives what JSON.parse gives, for any JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(!/__proto__|constructor|prototype/.test(text));
        expect(parseJson(text, limits)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
      }),
      { seed: 1 },
    );
  });

  it('never throws and never takes what JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', '1', 'u', ' ') }),
        (text) => {
          const parsed = parseJson(text, limits);
          if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text));
        },
      ),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('takes the limit of depth and refuses one more', () => {
    expect(parseJson(nested(32), limits).ok).toBe(true);
    expect(parseJson(nested(33), limits)).toMatchObject({ ok: false, reason: 'depth' });
  });

  it('refuses a depth that would overflow a stack, closed or not', () => {
    expect(parseJson(nested(1_000_000), limits)).toMatchObject({ reason: 'depth' });
    expect(parseJson('{"a":'.repeat(1_000_000), limits)).toMatchObject({ reason: 'depth' });
  });

  it('counts keys, not colons in strings', () => {
    const object = (n: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, '::::'])));
    expect(parseJson(object(1000), limits).ok).toBe(true);
    expect(parseJson(object(1001), limits)).toMatchObject({ reason: 'keys' });
  });

  it.each(['{"a":"[[[[[[[["}', '{"a":"\\"[[[[[[["}', '{"a":"\\\\","b":["]"]}', '["\\\\\\"[[[[[["]'])(
    'is not misled by brackets and quotes in the string of %s',
    (text) => {
      expect(parseJson(text, { maxDepth: 2, maxKeys: 10 }).ok).toBe(true);
    },
  );

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":[{"constructor":1}]}',
    '{"prototype":1}',
    '{"\\u005f_proto__":1}',
    '{"c\\u006fnstructor":1}',
  ])('refuses the property name in %s', (text) => {
    expect(parseJson(text, limits)).toMatchObject({ ok: false, reason: 'forbidden-key' });
  });

  it('allows those words as values', () => {
    expect(parseJson('{"name":"constructor","x":"__proto__"}', limits).ok).toBe(true);
  });

  it.each(['', '  ', '{', '"open', '{"a":1,}', "{'a':1}", 'undefined', '{"a"=>1}', '\uFEFF{}'])(
    'calls %j no JSON',
    (text) => {
      expect(parseJson(text, limits)).toMatchObject({ ok: false, reason: 'syntax' });
    },
  );

  it('tells the place and keeps the text to itself', () => {
    const parsed = parseJson('{"secret": sesame}', limits);
    expect(parsed).toMatchObject({ reason: 'syntax' });
    expect(JSON.stringify(parsed)).not.toMatch(/secret|sesame/);
    expect(parseJson('{"a":1,}', limits)).toMatchObject({ message: 'The text is not valid JSON at position 7.' });
  });
});
