import { describe, expect, it } from 'vitest';
import type { BuyerAppMessage } from '../../../../src/sandbox/buyer-app/buyer-options.js';
import { MessageLog } from '../../../../src/sandbox/demo/message-log.js';
import { ProgressDisplay } from '../../../../src/sandbox/demo/progress-display.js';
import { createTerminal, type Output } from '../../../../src/sandbox/runtime/terminal.js';

const NAMES = { buyer: 'bap.test', bridge: 'bpp.test' };
const EXCHANGE = { ...NAMES, currency: 'INR' };
const AT = Date.UTC(2026, 0, 15, 10);

const beckn = (direction: 'in' | 'out', action: string, messageId: string, text: string): BuyerAppMessage => ({
  direction,
  action,
  messageId,
  text,
  at: AT,
});

function linesOf(fill: (log: MessageLog) => void, output: Partial<Output> = {}): string[] {
  let text = '';
  const terminal = createTerminal({ ...output, write: (more) => (text += more) }, { NO_COLOR: '1' });
  const display = new ProgressDisplay(terminal, EXCHANGE);
  fill(new MessageLog(NAMES, (message) => display.message(message)));
  return text.split('\n').filter(Boolean);
}

const statusMessage = (connectorStatus: string): string =>
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
                list: [{ descriptor: { code: 'status' }, value: connectorStatus }],
              },
            ],
          },
        ],
      },
    },
  });

describe('the progress display', () => {
  it('does not show an answer that is not JSON', () => {
    expect(linesOf((log) => log.addBeckn(beckn('in', 'select', 'm1', '<h1>502 Bad Gateway</h1>')))).toEqual([]);
  });

  it('shows refusals and changes of state, but neither ACKs nor mere progress', () => {
    const nack = '{"message":{"ack":{"status":"NACK"}},"error":{"code":"40003","message":"late"}}';
    const lines = linesOf((log) => {
      log.addBeckn(beckn('in', 'confirm', 'm1', '{"message":{"ack":{"status":"ACK"}}}'));
      log.addBeckn(beckn('in', 'confirm', 'm1', nack));
      log.addBeckn(beckn('in', 'on_status', 'm2', statusMessage('Charging')));
      log.addBeckn(beckn('in', 'on_status', 'm3', statusMessage('Charging')));
      log.addBeckn(beckn('in', 'on_status', 'm4', statusMessage('Finishing')));
      log.addOcpp('CP1', 'out', [2, '1', 'MeterValues', {}], AT);
      log.addOcpp('CP1', 'out', [2, '2', 'StopTransaction', { meterStop: 5, reason: 'Remote' }], AT);
    });
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('Refused: 40003 late');
    expect(lines[1]).toContain('Order ACTIVE, connector Charging');
    expect(lines[2]).toContain('Order ACTIVE, connector Finishing');
    expect(lines[3]).toContain('10:00:00        CP1 ┄┄▶ bridge');
    expect(lines[3]).toContain('Meter 5 Wh, reason Remote');
  });

  it.each([80, 200])('loses no word of a message on a terminal of %i columns', (columns) => {
    const lines = linesOf(
      (log) => {
        log.addOcpp('CP1', 'out', [2, '1', 'StartTransaction', { idTag: 'T'.repeat(30), meterStart: 1 }], AT);
        log.addOcpp('CP1', 'out', [2, '2', 'StopTransaction', { meterStop: 5, reason: 'Remote' }], AT);
      },
      { isTTY: true, columns },
    );
    const words = lines.join(' ').replace(/\s+/g, ' ');
    expect(words).toContain(`StartTransaction Tag ${'T'.repeat(30)}, meter 1 Wh`);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    expect(lines).toHaveLength(columns === 80 ? 3 : 2);
    expect(words.includes('10:00:00')).toBe(columns === 200);
  });

  it('shows the answer to a status, although it may be mere progress', () => {
    const lines = linesOf((log) => {
      log.addBeckn(beckn('in', 'on_status', 'm2', statusMessage('Charging')));
      log.addBeckn(beckn('out', 'status', 'm3', '{"message":{"order_id":"O1"}}'));
      log.addBeckn(beckn('in', 'on_status', 'm3', statusMessage('Charging')));
    });
    expect(lines).toHaveLength(3);
  });

  it('prints the session every three minutes where lines cannot be overwritten', () => {
    let text = '';
    const display = new ProgressDisplay(createTerminal({ write: (more) => (text += more) }, {}), EXCHANGE);
    const figures = { energyWh: 1_000, powerW: 60_000, socPercent: 41, cost: 1_800, share: 0.5 };
    for (let minute = 0; minute <= 6; minute += 1) display.session({ ...figures, elapsedMs: minute * 60_000 });
    expect(text.trim().split('\n')).toHaveLength(3);
    expect(text).toContain('1.00 kWh    60.0 kW   SoC 41 %   ₹18.00');
  });
});
