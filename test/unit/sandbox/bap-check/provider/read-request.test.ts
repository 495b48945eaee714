import { beforeAll, describe, expect, it } from 'vitest';
import { authorizationHeader, loadSodium } from '../../../../../src/beckn/signing/signature.js';
import { SNAKE_CASE } from '../../../../../src/sandbox/buyer-app/envelope.js';
import { readRequest } from '../../../../../src/sandbox/bap-check/provider/read-request.js';
import { makeKeys, type SandboxKeys } from '../../../../../src/sandbox/runtime/keys.js';

let keys: SandboxKeys;
beforeAll(async () => {
  await loadSodium();
  keys = await makeKeys('bap');
});

const body = { context: { transaction_id: 't', message_id: 'm' }, message: { intent: {} } };

function mismatchOf(sent: string, signed: string): string | undefined {
  const { secretKey, publicKey } = keys;
  const signer = { subscriberId: 's', keyId: 'k', secretKey, created: 1, expires: 2 };
  const authorization = authorizationHeader({ ...signer, body: Buffer.from(signed) });
  const request = { method: 'POST', path: '/search', headers: { authorization }, raw: Buffer.from(sent) };
  const parsed = readRequest(request, publicKey, SNAKE_CASE);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed.signatureMismatch;
}

describe('the explanation of a signature that does not match', () => {
  it('is absent when the sent bytes were signed', () => {
    expect(mismatchOf(JSON.stringify(body), JSON.stringify(body))).toBeUndefined();
  });

  it.each([
    ['the body before it was serialised', JSON.stringify(body), /without spaces/, JSON.stringify(body, null, 2)],
    [
      'the body with the spaces of Python',
      '{"context": {"transaction_id": "t", "message_id": "m"}, "message": {"intent": {}}}',
      /with spaces/,
    ],
    ['the message alone', JSON.stringify(body.message), /the message alone/],
    ['an empty body', '', /an empty body/],
    ['something else', 'x', /another key, or another body/],
  ])('says that %s was signed', (_signedThing, signed, reason, sent = JSON.stringify(body)) => {
    expect(mismatchOf(sent, signed)).toMatch(reason);
  });
});
