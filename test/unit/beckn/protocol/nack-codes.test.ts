/**
 * Every refusal renders as a valid error callback to every action in every dialect, except the meta API, with its code.
 * Every NACK has a code, a reason and a path.
 */
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import { NACKS, nackResponse, type NackCode } from '../../../../src/beckn/protocol/nack-codes.js';
import { createCallbackRenderer } from '../../../../src/beckn/outbound/callback-renderer.js';
import { callbackActionOf } from '../../../../src/bridge/orders/effect-factory.js';
import { REFUSALS, type RefusalCode } from '../../../../src/domain/model/refusal.js';
import { AT, PEER } from '../samples.js';

const codes = Object.keys(REFUSALS) as RefusalCode[];
const writer = createCallbackRenderer({
  dialects: DIALECTS,
  subscriber: { bppId: 'bpp', bppUri: 'https://bpp.example' },
  peerSettings: () => PEER,
});

describe.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))('%s', (_name, dialect) => {
  const context = {
    [dialect.contextFieldNames?.network ?? 'domain']: dialect.displayName.split(' ')[0] ?? '',
    version: dialect.displayName.match(/\d+\.\d+\.\d+$/)?.[0] ?? '',
  };
  // Requests of the meta API have no order that could be refused.
  const actions = [...dialect.actions].filter((action) => !action.startsWith('get_'));

  it.each(actions)('%s', (action) => {
    for (const code of codes) {
      const text = writer.render({
        action: callbackActionOf(action),
        dialect: dialect.name,
        bapId: 'bap.example',
        network: 'main',
        bapUri: 'https://bap.example/beckn',
        replyContext: dialect.replyContext(context),
        becknTransactionId: '5d1f0f6e-0000-4c78-9f56-5a7b9e2b2002',
        messageId: '5d1f0f6e-0000-4c78-9f56-5a7b9e2b2003',
        at: AT,
        content: { type: 'error', refusal: { code, path: 'message.order', detail: 'because' } },
      });
      const error = valueAt(JSON.parse(text), 'error');
      const [number, words] =
        dialect.ackFormat?.errorNames === 'errorCode' ? ['errorCode', 'errorMessage'] : ['code', 'message'];
      expect([code, valueAt(error, number)]).toEqual([code, REFUSALS[code].becknCode]);
      expect(valueAt(error, words)).toContain(REFUSALS[code].sentence);
    }
  });
});

it.each(Object.keys(NACKS) as NackCode[])('a NACK says %s, why, and where', (code) => {
  const { status, body } = nackResponse(code, { detail: 'because', path: 'context.ttl' });
  const { message, error } = JSON.parse(body) as {
    message: unknown;
    error: { code: string; message: string; paths: string };
  };
  expect([status, message]).toEqual([NACKS[code].status, { ack: { status: 'NACK' } }]);
  expect(error).toMatchObject({ code: NACKS[code].code, paths: 'context.ttl' });
  expect(error.message).toBe(`${NACKS[code].message} because`);
});
