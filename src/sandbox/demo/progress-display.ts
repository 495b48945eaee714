/** The demo as people watch it: one line for each message that matters, one live line for the session. */
import { valueAt, textOf } from '../runtime/json.js';
import { connectorStatus, summarise } from './message-summary.js';
import { truncate, type Terminal } from '../runtime/terminal.js';
import type { WireMessage } from './message-log.js';

/** The running session in numbers. */
export interface SessionFigures {
  readonly elapsedMs: number;
  readonly energyWh: number;
  readonly powerW: number;
  readonly socPercent: number | undefined;
  /** Minor units. */
  readonly cost: number;
  /** 0 to 1. */
  readonly share: number;
}

export interface ProgressDisplay {
  message(message: WireMessage): void;
  session(live: SessionFigures): void;
  heading(text: string): void;
  note(text: string): void;
}

/** Housekeeping that would bury the story; the JSON output has it. */
const HIDDEN_ACTIONS = new Set([
  'Heartbeat',
  'MeterValues',
  'GetConfiguration',
  'ChangeConfiguration',
  'GetVariables',
  'SetVariables',
  'BootNotification',
  'StatusNotification',
  'TriggerMessage',
]);
const ACTION_WIDTH = 24;
const LINE_INTERVAL_MS = 3 * 60_000;
const BAR_WIDTH = 20;

export function createProgressDisplay(screen: Terminal, names: { buyer: string; bridge: string }): ProgressDisplay {
  const places = 10;
  let lastLineAt = -Infinity;
  let lastState = '';

  const short = (name: string): string => (name === names.buyer ? 'buyer' : name === names.bridge ? 'bridge' : name);
  const clockTime = (at: number): string => new Date(at).toISOString().slice(11, 19);

  function worthTelling(message: WireMessage): boolean {
    if (message.wire === 'ocpp') {
      const { answer, action } = message;
      if (action === 'TransactionEvent' && /"(MeterValuePeriodic|Trigger)"/.test(message.text)) return false;
      if (!HIDDEN_ACTIONS.has(action)) return !answer || action !== 'StopTransaction';
      return action === 'StatusNotification' && !answer && !message.text.includes('"connectorId":0');
    }
    if (message.action !== 'on_status' || message.answer) return true;
    // Progress is the live line's; what changes is a line of its own.
    const order = valueAt(JSON.parse(message.text), 'message', 'order');
    const state = `${textOf(valueAt(order, 'id'))} ${textOf(valueAt(order, 'status'))} ${connectorStatus(order)}`;
    if (state === lastState) return false;
    lastState = state;
    return true;
  }

  function sentence(live: SessionFigures): string {
    const minutes = Math.floor(live.elapsedMs / 60_000);
    const seconds = Math.floor((live.elapsedMs % 60_000) / 1_000);
    const full = Math.min(BAR_WIDTH, Math.round(live.share * BAR_WIDTH));
    return [
      `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`,
      `${minutes}:${String(seconds).padStart(2, '0')} min`,
      `${(live.energyWh / 1_000).toFixed(2)} kWh`,
      `${(live.powerW / 1_000).toFixed(1)} kW`,
      ...(live.socPercent === undefined ? [] : [`SoC ${Math.floor(live.socPercent)} %`]),
      `₹${(live.cost / 100).toFixed(2)}`,
    ].join('   ');
  }

  return {
    heading: (text) => {
      screen.writeLine();
      screen.writeLine(screen.colour('bold', text));
    },
    note: (text) => screen.writeLine(truncate(`  ${text}`, screen.width)),
    message(message) {
      if (!worthTelling(message)) return;
      const words = summarise(message);
      if (words === undefined) return;
      const arrow = message.wire === 'beckn' ? '──▶' : '┄┄▶';
      const route = `${short(message.from).padStart(places)} ${arrow} ${short(message.to).padEnd(places)}`;
      const head = `  ${clockTime(message.at)} ${route} `;
      const action = `${message.answer ? '↳ ' : ''}${message.action}`.padEnd(ACTION_WIDTH);
      const rest = truncate(`${action} ${words}`, screen.width - head.length);
      const colour = message.wire === 'beckn' ? 'cyan' : 'yellow';
      screen.writeLine(
        `${screen.colour('dim', head)}${screen.colour(colour, rest.slice(0, ACTION_WIDTH))}${rest.slice(ACTION_WIDTH)}`,
      );
    },
    session(live) {
      const text = sentence(live);
      if (screen.interactive) screen.showLive(truncate(`  ${text}`, screen.width));
      else if (live.elapsedMs - lastLineAt >= LINE_INTERVAL_MS || live.elapsedMs < lastLineAt) {
        lastLineAt = live.elapsedMs;
        screen.writeLine(`  ${text}`);
      }
    },
  };
}
