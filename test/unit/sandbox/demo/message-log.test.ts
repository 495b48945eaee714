import { describe, expect, it } from 'vitest';
import { createProgressDisplay } from '../../../../src/sandbox/demo/progress-display.js';
import { createTerminal } from '../../../../src/sandbox/runtime/terminal.js';
import { createMessageLog, jsonLine, type WireMessage } from '../../../../src/sandbox/demo/message-log.js';

const names = { buyer: 'bap.test', bridge: 'bpp.test' };
const AT = Date.UTC(2026, 0, 15, 10);

function logged(fill: (log: ReturnType<typeof createMessageLog>) => void): WireMessage[] {
  const told: WireMessage[] = [];
  fill(createMessageLog(names, (message) => told.push(message)));
  return told;
}

describe('the wire log', () => {
  it('says who spoke to whom, and which action an answer answers', () => {
    const told = logged((log) => {
      log.beckn('out', 'confirm', '{}', AT, 'm1');
      log.beckn('in', 'confirm', '{}', AT, 'm1');
      log.beckn('in', 'on_confirm', '{}', AT, 'm1');
      log.beckn('out', 'on_confirm', '{}', AT, 'm1');
      log.beckn('in', 'rating_categories', '{}', AT, 'm2');
      log.ocpp('CP1', 'in', [2, '7', 'RemoteStartTransaction', {}], AT);
      log.ocpp('CP1', 'out', [2, '7', 'Heartbeat', {}], AT);
      log.ocpp('CP1', 'out', [3, '7', { status: 'Accepted' }], AT);
      log.ocpp('CP1', 'in', [3, '7', {}], AT);
    });
    expect(told.map((one) => `${one.from} ${one.to} ${one.action}${one.answer ? ' answer' : ''}`)).toEqual([
      'bap.test bpp.test confirm',
      'bpp.test bap.test confirm answer',
      'bpp.test bap.test on_confirm',
      'bap.test bpp.test on_confirm answer',
      'bpp.test bap.test rating_categories',
      'bpp.test CP1 RemoteStartTransaction',
      'CP1 bpp.test Heartbeat',
      'CP1 bpp.test RemoteStartTransaction answer',
      'bpp.test CP1 Heartbeat answer',
    ]);
  });

  it('keeps the body as it was sent, in one line of JSON', () => {
    const body = '{"a":1.0, "b":"₹"}';
    const [message] = logged((log) => log.beckn('in', 'on_status', body, AT, 'm1'));
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
});

describe('the progress', () => {
  function shown(fill: (log: ReturnType<typeof createMessageLog>) => void): string[] {
    let text = '';
    const progress = createProgressDisplay(createTerminal({ write: (more) => (text += more) }, {}), names);
    for (const message of logged(fill)) progress.message(message);
    return text.split('\n').filter(Boolean);
  }
  const status = (connector: string) =>
    JSON.stringify({
      context: {},
      message: {
        order: {
          id: 'O1',
          status: 'ACTIVE',
          items: [
            {
              tags: [
                {
                  descriptor: { code: 'connector-status' },
                  list: [{ descriptor: { code: 'status' }, value: connector }],
                },
              ],
            },
          ],
        },
      },
    });

  it('tells refusals and changes, and leaves a plain yes and mere progress out', () => {
    const lines = shown((log) => {
      log.beckn('in', 'confirm', '{"message":{"ack":{"status":"ACK"}}}', AT, 'm1');
      log.beckn(
        'in',
        'confirm',
        '{"message":{"ack":{"status":"NACK"}},"error":{"code":"40003","message":"late"}}',
        AT,
        'm1',
      );
      log.beckn('in', 'on_status', status('Charging'), AT, 'm2');
      log.beckn('in', 'on_status', status('Charging'), AT, 'm3');
      log.beckn('in', 'on_status', status('Finishing'), AT, 'm4');
      log.ocpp('CP1', 'out', [2, '1', 'MeterValues', {}], AT);
      log.ocpp('CP1', 'out', [2, '2', 'StopTransaction', { meterStop: 5, reason: 'Remote' }], AT);
    });
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('refused: 40003 late');
    expect(lines[1]).toContain('ACTIVE, Charging');
    expect(lines[2]).toContain('ACTIVE, Finishing');
    expect(lines[3]).toContain('CP1 ┄┄▶ bridge');
    expect(lines[3]).toContain('at 5 Wh, reason Remote');
  });

  it('prints the session every few minutes where lines cannot be written over', () => {
    let text = '';
    const progress = createProgressDisplay(createTerminal({ write: (more) => (text += more) }, {}), names);
    const live = { energyWh: 1_000, powerW: 60_000, socPercent: 41, cost: 1_800, share: 0.5 };
    for (let minute = 0; minute <= 6; minute += 1) progress.session({ ...live, elapsedMs: minute * 60_000 });
    expect(text.trim().split('\n')).toHaveLength(3);
    expect(text).toContain('1.00 kWh   60.0 kW   SoC 41 %   ₹18.00');
  });
});
