/** ACK and NACK in the format that each peer understands. */
import { describe, expect, it } from 'vitest';
import {
  ackBody,
  CORE_1X_ACK_FORMAT,
  ackFormatFor,
  type AckContext,
} from '../../../../src/beckn/protocol/ack-format.js';
import { ackResponse, refusalResponse, nackResponse } from '../../../../src/beckn/protocol/nack-codes.js';
import type { PeerSettings } from '../../../../src/config/config.js';
import type { AckFormat } from '../../../../src/config/peer-settings.js';
import {
  digest,
  parseSignatureHeader,
  readSignature,
  verifySignature,
} from '../../../../src/beckn/signing/signature.js';
import { setUp } from '../pipeline-fixture.js';
import { contextOf, PEER } from '../samples.js';

const context = { action: 'confirm', bap_id: 'bap.example' };
const voice = (shape: Partial<AckFormat>): AckContext => ({
  format: { ...CORE_1X_ACK_FORMAT, ...shape },
  requestContext: context,
  messageId: 'm1',
});
const error = { code: '30010', message: 'No such order.', paths: 'message.order_id' };
const said = (shape: Partial<AckFormat>, reported?: typeof error): unknown =>
  JSON.parse(ackBody(voice(shape), reported));

describe('an ACK', () => {
  it('is the one of core 1.x, and the same object every time', () => {
    expect(ackResponse(200)).toBe(ackResponse(200));
    expect(ackResponse(200, voice({ errorPlace: 'message' }))).toBe(ackResponse(200));
    expect(ackResponse(202)).toMatchObject({ status: 202, body: '{"message":{"ack":{"status":"ACK"}}}' });
  });

  it('may repeat the context, and may be one of Beckn 2.0', () => {
    expect(said({ ackContext: true })).toEqual({ context, message: { ack: { status: 'ACK' } } });
    expect(said({ ackForm: 'message-status' })).toEqual({ message: { status: 'ACK', messageId: 'm1' } });
    expect(said({ ackForm: 'status', ackContext: true })).toEqual({ context, status: 'ACK' });
  });
});

describe('a NACK', () => {
  it('has its error where the peer looks for it', () => {
    const nack = { ack: { status: 'NACK' } };
    expect(said({}, error)).toEqual({ message: nack, error });
    expect(said({ errorPlace: 'message' }, error)).toEqual({ message: { ...nack, error } });
    expect(said({ ackForm: 'status', errorPlace: 'message' }, error)).toEqual({ status: 'NACK', error });
  });

  it('has a code that is a number, where it can be one', () => {
    expect(said({ errorCode: 'number' }, error)).toMatchObject({ error: { code: 30010 } });
    expect(said({ errorCode: 'number' }, { ...error, code: 'SCH_1' })).toMatchObject({ error: { code: 'SCH_1' } });
  });

  it.each([
    ['30000', 'context.bap_uri', 'CONTEXT-ERROR'],
    ['30000', 'message.order', 'JSON-SCHEMA-ERROR'],
    ['30010', 'message.order_id', 'DOMAIN-ERROR'],
    ['40002', 'message.order', 'DOMAIN-ERROR'],
    ['50001', 'message.order', 'POLICY-ERROR'],
    ['503', 'message', 'CORE-ERROR'],
  ])('%s at %s has the type %s of 0.9', (code, paths, type) => {
    expect(said({ errorType: true }, { ...error, code, paths })).toMatchObject({ error: { type } });
  });

  it('is measured in bytes whatever its shape', () => {
    const loud = voice({ ackContext: true, errorType: true });
    for (const answer of [
      refusalResponse({ code: 'order-unknown', detail: '₹' }, loud),
      nackResponse('schema-invalid', { ackContext: loud, detail: '₹' }),
    ]) {
      expect(Number(answer.headers['Content-Length'])).toBe(Buffer.byteLength(answer.body));
    }
  });
});

describe('whose shape it is', () => {
  it('is the peer’s, else its dialect’s, else that of core 1.x', () => {
    expect(ackFormatFor({})).toEqual(CORE_1X_ACK_FORMAT);
    expect(ackFormatFor({}, { ackForm: 'status' }).ackForm).toBe('status');
    expect(ackFormatFor({ ackForm: 'ack' }, { ackForm: 'status' }).ackForm).toBe('ack');
    expect(ackFormatFor({ errorType: false }, { errorType: true }).errorType).toBe(false);
  });

  it('holds at the door for every answer to a known signer', async () => {
    const strict: Partial<PeerSettings> = {
      errorPlace: 'message',
      errorCode: 'number',
      ackContext: true,
      ackStatus: 202,
    };
    const { post, sign, raw } = await setUp({ peer: strict });
    const status = { order_id: 'o1' };
    expect(await post('status', status)).toMatchObject({
      status: 202,
      body: { context: { bap_id: 'bap.example', action: 'status' }, message: { ack: { status: 'ACK' } } },
    });
    const wrong = await post('status', status, { bpp_id: 'somebody.else' });
    expect(wrong.body).toMatchObject({ context: { action: 'status' }, message: { error: { code: 30000 } } });
    const refusedBody = await post('status', {});
    expect(refusedBody.body).toMatchObject({ message: { ack: { status: 'NACK' }, error: { code: 30000 } } });
    const body = 'no json';
    const broken = await raw({ action: 'status', rawBody: Buffer.from(body), headers: { authorization: sign(body) } });
    expect(broken.body).toMatchObject({ message: { error: { code: 30000 } } });
    expect(broken.body).not.toHaveProperty('error');
  });

  it('signs the ACK together with the request, and hands the request’s signature on', async () => {
    const { door, received, sign, clock, signer } = await setUp({ peer: { requestSignature: true } });
    const body = JSON.stringify({ context: contextOf('status', {}), message: { order_id: 'o1' } });
    const authorization = sign(body);
    const answer = await door.process({ action: 'status', rawBody: Buffer.from(body), headers: { authorization } });
    const parsed = parseSignatureHeader(answer.headers['Signature'] ?? '');
    if ('problem' in parsed) throw new Error(parsed.problem);
    const request = readSignature(authorization) ?? '';
    const { secretKey } = signer.currentKey();
    expect(verifySignature(parsed, digest(Buffer.from(answer.body)), secretKey.subarray(32), request)).toBe(true);
    expect(parsed).toMatchObject({ subscriberId: 'cpo.example/bpp', created: Math.floor(clock.now() / 1000) - 5 });
    expect(received[0]).toMatchObject({ signature: request });
  });

  it('is not signed, nor the signature kept, for anybody else', async () => {
    const { door, received, sign } = await setUp();
    const body = JSON.stringify({ context: contextOf('status', {}), message: { order_id: 'o1' } });
    const headers = { authorization: sign(body) };
    const answer = await door.process({ action: 'status', rawBody: Buffer.from(body), headers });
    expect(answer.headers).not.toHaveProperty('Signature');
    expect(received[0]).not.toHaveProperty('signature');
    expect(PEER).not.toHaveProperty('requestSignature');
  });
});
