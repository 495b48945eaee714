import { describe, expect, it } from 'vitest';
import { callbackContext } from '../../../../src/beckn/protocol/context.js';
import { checkContext } from '../../../../src/beckn/protocol/context-check.js';
import { readTimestamp, readStaleAt } from '../../../../src/beckn/protocol/ttl.js';
import { AT, contextOf } from '../samples.js';

const EXPECTED = { action: 'confirm', signer: 'bap.example', bppId: 'cpo.example/bpp' };
const check = (changes: Parameters<typeof contextOf>[1], action = 'confirm') =>
  checkContext({ context: contextOf(action, changes) }, EXPECTED);

describe('a request context', () => {
  it('passes with what an answer needs, and knows until when it counts', () => {
    expect(check({})).toMatchObject({
      bapId: 'bap.example',
      bapUri: 'https://bap.example/beckn',
      transactionId: 'edea17fa-b5c4-48c9-86dd-1b80dda67d37',
      messageId: '4618752a-c502-4503-bd75-635622ea8aff',
      staleAt: AT + 600_000,
    });
  });

  it.each([
    ['the action of the URL', {}, 'init', 'action-mismatch', 'context.action'],
    ['the signer', { bap_id: 'other.example' }, 'confirm', 'signer-mismatch', 'context.bap_id'],
    ['the signer, exactly', { bap_id: 'BAP.example' }, 'confirm', 'signer-mismatch', 'context.bap_id'],
    ['us', { bpp_id: 'other.example' }, 'confirm', 'bpp-id-mismatch', 'context.bpp_id'],
    ['a bap_id', { bap_id: '' }, 'confirm', 'context-invalid', 'context.bap_id'],
    ['a bap_uri', { bap_uri: null }, 'confirm', 'context-invalid', 'context.bap_uri'],
    ['a bounded message_id', { message_id: 'x'.repeat(256) }, 'confirm', 'context-invalid', 'context.message_id'],
    ['a clean transaction_id', { transaction_id: 'a\nb' }, 'confirm', 'context-invalid', 'context.transaction_id'],
  ] as const)('must name %s', (_what, changes, action, code, path) => {
    expect(check(changes, action)).toMatchObject({ code, path });
  });

  it('need not name us in a search', () => {
    for (const bpp_id of [null, '']) {
      const body = { context: contextOf('search', { bpp_id }) };
      expect(checkContext(body, { ...EXPECTED, action: 'search' })).not.toHaveProperty('code');
    }
  });

  it('is an object in an object', () => {
    for (const body of [null, [], 'x', {}, { context: [] }])
      expect(checkContext(body, EXPECTED)).toMatchObject({ code: 'context-missing' });
  });
});

describe('staleness', () => {
  it.each([
    ['PT10M', '2026-01-15T10:10:00.000Z'],
    ['PT30S', '2026-01-15T10:00:30.000Z'],
    ['P1M', '2026-02-15T10:00:00.000Z'],
    ['P1DT12H', '2026-01-16T22:00:00.000Z'],
    ['P2W', '2026-01-29T10:00:00.000Z'],
    ['PT0.5S', '2026-01-15T10:00:00.500Z'],
  ])('adds %s', (ttl, until) => {
    expect(new Date(readStaleAt('2026-01-15T10:00:00.000Z', ttl) ?? 0).toISOString()).toBe(until);
  });
  it('does not know without both, and never throws', () => {
    for (const ttl of [undefined, '', 'P', '10 minutes', 7, null])
      expect(readStaleAt('2026-01-15T10:00:00.000Z', ttl)).toBeUndefined();
    expect(readStaleAt(undefined, 'PT10M')).toBeUndefined();
    expect(readStaleAt('2026-13-45T10:00:00Z', 'PT10M')).toBeUndefined();
  });
  it('takes a time without a zone as UTC, and honours one with', () => {
    expect(readTimestamp('2026-01-15T10:00:00')).toBe(AT);
    expect(readTimestamp('2026-01-15T15:30:00+05:30')).toBe(AT);
  });
});

describe('an answering context', () => {
  it('repeats the conversation and names us', () => {
    const conversation = { domain: 'uei:charging', version: '1.0.0', location: { city: { code: 'std:080' } } };
    const callback = {
      action: 'on_confirm',
      dialect: 'uei-charging-1.0.0',
      bapId: 'bap.example',
      network: 'main',
      bapUri: 'https://bap.example/beckn',
      replyContext: conversation,
      becknTransactionId: 't-1',
      messageId: 'm-1',
      at: AT,
      content: { type: 'rating' },
    } as const;
    expect(callbackContext(callback, { bppId: 'cpo.example/bpp', bppUri: 'https://cpo.example/beckn' })).toEqual({
      ...conversation,
      action: 'on_confirm',
      bap_id: 'bap.example',
      bap_uri: 'https://bap.example/beckn',
      bpp_id: 'cpo.example/bpp',
      bpp_uri: 'https://cpo.example/beckn',
      transaction_id: 't-1',
      message_id: 'm-1',
      timestamp: '2026-01-15T10:00:00.000Z',
      ttl: 'PT10M',
    });
  });
});
