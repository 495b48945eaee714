/** `on_catalog_publish` is accepted from the discovery service only, and only with results. */
import { describe, expect, it } from 'vitest';
import type { CallbackReceiver } from '../../../../src/beckn/inbound/inbound-request.js';
import { setUp } from '../pipeline-fixture.js';

const ACTION = 'on_catalog_publish';
const BODY = JSON.stringify({
  context: { action: ACTION, domain: 'beckn.one:deg:ev-charging', version: '2.0.0', bpp_id: 'gateway.example' },
  message: { results: [{ catalog_id: 'catalog-acme', status: 'REJECTED', error: { code: 'X', message: 'No.' } }] },
  error: {},
});

async function open() {
  const taken: unknown[] = [];
  // Not registered as a buyer app, like real discovery services.
  const reply: CallbackReceiver = {
    subscriberId: 'gateway.example',
    family: 'ubc-2.0.0',
    handleCallback: (body) => Promise.resolve(void taken.push(body)),
  };
  const { raw, sign } = await setUp({ replies: new Map([[ACTION, reply]]) });
  const post = (body: string, as?: Parameters<typeof sign>[1]) =>
    raw({ action: ACTION, rawBody: Buffer.from(body), headers: { authorization: sign(body, as) } });
  return { post, taken };
}

describe('on_catalog_publish', () => {
  it('is taken from the discovery service', async () => {
    const { post, taken } = await open();
    expect((await post(BODY, 'gateway.example')).body.message.ack.status).toBe('ACK');
    expect(taken).toEqual([JSON.parse(BODY)]);
  });

  it('is refused from anybody else', async () => {
    const { post, taken } = await open();
    expect((await post(BODY, 'bap.example')).status).toBe(401);
    expect((await post(BODY, 'stranger.example')).status).toBe(401);
    expect(taken).toEqual([]);
  });

  it('is refused without results, naming the place', async () => {
    const { post, taken } = await open();
    const reply = await post(JSON.stringify({ context: { action: ACTION }, message: {} }), 'gateway.example');
    expect([reply.status, reply.body.error?.['paths']]).toEqual([400, 'message.results']);
    expect(taken).toEqual([]);
  });
});
