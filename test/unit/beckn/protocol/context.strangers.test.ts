import { describe, expect, it } from 'vitest';
import { checkContext } from '../../../../src/beckn/protocol/context-check.js';
import { DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { contextOf } from '../samples.js';

const EXPECTED = { action: 'confirm', signer: 'bap.example', bppId: 'cpo.example/bpp' };

function check(action: string, change: object): ReturnType<typeof checkContext> {
  const context = { ...contextOf(action), ...change };
  return checkContext({ context, message: {} }, { ...EXPECTED, action });
}

describe('the recipient', () => {
  it.each(['select', 'init', 'confirm', 'update', 'cancel', 'status', 'track'])(
    'a %s that names no provider is refused: whoever holds it could hand it in anywhere',
    (action) => {
      for (const bpp_id of [undefined, '', null]) {
        expect(check(action, { bpp_id })).toMatchObject({ code: 'context-invalid', path: 'context.bpp_id' });
      }
    },
  );

  it.each(['search', 'discover', 'get_rating_categories', 'get_cancellation_reasons'])(
    'a %s may name no provider',
    (action) => {
      expect(check(action, { bpp_id: undefined })).not.toHaveProperty('code');
    },
  );

  it('the rule holds for every action of every dialect that concerns one provider', () => {
    const actions = new Set(DIALECTS.flatMap((dialect) => [...dialect.actions]));
    const open = [...actions].filter((action) => !('code' in check(action, { bpp_id: undefined })));
    expect(open.filter((action) => !/^(search|discover|get_\w+)$/.test(action))).toEqual([]);
  });
});

describe('ids', () => {
  it.each([
    ['a right-to-left override', '\u202e'],
    ['a zero-width space', '\u200b'],
    ['a zero-width joiner', '\u200d'],
    ['an isolate', '\u2066'],
    ['a byte order mark', '\ufeff'],
    ['a line separator', '\u2028'],
    ['a soft hyphen', '\u00ad'],
    ['a tag character', '\u{e0041}'],
    ['a delete', '\u007f'],
    ['a word joiner', '\u2060'],
    ['an Arabic letter mark', '\u061c'],
  ])('an id with %s is refused', (_name, character) => {
    for (const field of ['transaction_id', 'message_id', 'bap_uri']) {
      expect(check('confirm', { [field]: `a${character}b` })).toMatchObject({
        code: 'context-invalid',
        path: `context.${field}`,
      });
    }
  });

  it('an id in any script is accepted', () => {
    expect(check('confirm', { transaction_id: 'आदेश-१' })).not.toHaveProperty('code');
  });
});
