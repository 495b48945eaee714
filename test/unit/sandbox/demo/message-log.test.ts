import { describe, expect, it } from 'vitest';
import type { BuyerAppMessage } from '../../../../src/sandbox/buyer-app/buyer-options.js';
import { jsonLine, MessageLog, type WireMessage } from '../../../../src/sandbox/demo/message-log.js';

const AT = Date.UTC(2026, 0, 15, 10);

const beckn = (direction: 'in' | 'out', action: string, messageId: string, text: string): BuyerAppMessage => ({
  direction,
  action,
  messageId,
  text,
  at: AT,
});

function recorded(fill: (log: MessageLog) => void): readonly WireMessage[] {
  const log = new MessageLog({ buyer: 'bap.test', bridge: 'bpp.test' }, () => undefined);
  fill(log);
  return log.messages;
}

describe('the message log', () => {
  it('records sender and receiver, and which action an answer answers', () => {
    const messages = recorded((log) => {
      log.addBeckn(beckn('out', 'confirm', 'm1', '{}'));
      log.addBeckn(beckn('in', 'confirm', 'm1', '{}'));
      log.addBeckn(beckn('in', 'on_confirm', 'm1', '{}'));
      log.addBeckn(beckn('out', 'on_confirm', 'm1', '{}'));
      log.addBeckn(beckn('in', 'rating_categories', 'm2', '{}'));
      log.addOcpp('CP1', 'in', [2, '7', 'RemoteStartTransaction', {}], AT);
      log.addOcpp('CP1', 'out', [2, '7', 'Heartbeat', {}], AT);
      log.addOcpp('CP1', 'out', [3, '7', { status: 'Accepted' }], AT);
      log.addOcpp('CP1', 'in', [3, '7', {}], AT);
    });
    expect(messages.map(({ from, to, action, answer }) => `${from} ${to} ${action}${answer ? ' answer' : ''}`)).toEqual(
      [
        'bap.test bpp.test confirm',
        'bpp.test bap.test confirm answer',
        'bpp.test bap.test on_confirm',
        'bap.test bpp.test on_confirm answer',
        'bpp.test bap.test rating_categories',
        'bpp.test CP1 RemoteStartTransaction',
        'CP1 bpp.test Heartbeat',
        'CP1 bpp.test RemoteStartTransaction answer',
        'bpp.test CP1 Heartbeat answer',
      ],
    );
  });

  it('writes a message as one line of JSON with the body as it was sent', () => {
    const body = '{"a":1.0, "b":"₹"}';
    const [message] = recorded((log) => log.addBeckn(beckn('in', 'on_status', 'm1', body)));
    const line = message ? jsonLine(message) : '';
    expect(line.endsWith(`"body":${body}}`)).toBe(true);
    expect(JSON.parse(line)).toEqual({
      at: '2026-01-15T10:00:00.000Z',
      wire: 'beckn',
      from: 'bpp.test',
      to: 'bap.test',
      action: 'on_status',
      messageId: 'm1',
      body: { a: 1, b: '₹' },
    });
  });

  it.each([
    ['an error page', '<html>\n<h1>502 Bad Gateway</h1>\n</html>'],
    ['an empty body', ''],
  ])('records %s, which is not JSON, as a JSON string', (_, body) => {
    const [message] = recorded((log) => log.addBeckn(beckn('in', 'select', 'm1', body)));
    expect(JSON.parse(message?.text ?? '')).toBe(body);
    expect(JSON.parse(message ? jsonLine(message) : '')).toMatchObject({ body });
  });

  it('writes a message of several lines as one', () => {
    const [message] = recorded((log) => log.addBeckn(beckn('out', 'select', 'm1', '{\r\n  "a": "b\\nc"\n}\n')));
    const line = message ? jsonLine(message) : '';
    expect(line).not.toMatch(/[\r\n]/);
    expect(JSON.parse(line)).toMatchObject({ body: { a: 'b\nc' } });
  });
});
