/** Shows the progress of a sandbox program: a line for each message that matters, and a live line for the session. */
import { formatMinor } from '../../domain/model/money.js';
import { valueAt } from '../runtime/json.js';
import { priceText } from '../runtime/price-text.js';
import { truncate, type Terminal, wrap } from '../runtime/terminal.js';
import type { WireMessage } from './message-log.js';
import { connectorStatus, summarise } from './message-summary.js';
import { orderIdOf, orderIn, statesOf } from './order-facts.js';

/** A running session in numbers. */
export interface SessionFigures {
  readonly elapsedMs: number;
  readonly energyWh: number;
  readonly powerW: number;
  readonly socPercent: number | undefined;
  /** Minor units. */
  readonly cost: number;
  /** The used share of the authorised cost, 0 to 1. */
  readonly share: number;
}

/** Routine messages that would clutter the display. The JSON output has them all. */
const HIDDEN_ACTIONS = new Set([
  'Heartbeat',
  'MeterValues',
  'GetConfiguration',
  'ChangeConfiguration',
  'GetVariables',
  'SetVariables',
  'BootNotification',
  'TriggerMessage',
]);
const ARROWS = { beckn: '──▶', ocpp: '┄┄▶' } as const;
const COLOURS = { beckn: 'cyan', ocpp: 'yellow' } as const;
const NAME_WIDTH = 9;
const ACTION_WIDTH = 26;
/** A narrower terminal has no room for the time of day or for a column of actions. */
const MIN_WIDTH_WITH_COLUMNS = 110;
const BAR_WIDTH = 20;
/** How often the session is printed if a line cannot be overwritten, in ms of the sandbox's clock. */
const LINE_INTERVAL_MS = 3 * 60_000;

/** The parties to the messages, which are shown by their roles, and the currency of the network. */
export interface Exchange {
  readonly buyer: string;
  readonly bridge: string;
  /** Set if there is only one charge point. */
  readonly charger?: string;
  readonly currency: string;
}

export class ProgressDisplay {
  readonly #terminal: Terminal;
  readonly #exchange: Exchange;
  #lastSessionLineAt = -Infinity;
  #lastOrderState = '';
  readonly #statusRequests = new Set<string>();

  constructor(terminal: Terminal, exchange: Exchange) {
    this.#terminal = terminal;
    this.#exchange = exchange;
  }

  heading(text: string): void {
    this.#terminal.writeLine();
    this.#terminal.writeLine(this.#terminal.colour('bold', text));
  }

  note(text: string): void {
    for (const line of wrap(text, this.#terminal.width - 2)) this.#terminal.writeLine(`  ${line}`);
  }

  /** Explains the arrows and colours of the message lines. */
  legend(ocppVersion: string): void {
    const { beckn, ocpp } = ARROWS;
    const becknKey = this.#terminal.colour(COLOURS.beckn, `${beckn} Beckn over HTTP`);
    const ocppKey = this.#terminal.colour(COLOURS.ocpp, `${ocpp} OCPP ${ocppVersion} over WebSocket`);
    this.#terminal.writeLine(`  ${becknKey}   ${ocppKey}   ↳ answer`);
  }

  message(message: WireMessage): void {
    if (!this.#isShown(message)) return;
    const summary = summarise(message, this.#exchange.currency);
    if (summary === undefined) return;
    const { at, from, to, wire, action, answer } = message;
    const { width } = this.#terminal;
    const hasColumns = width >= MIN_WIDTH_WITH_COLUMNS;
    const time = hasColumns ? `${new Date(at).toISOString().slice(11, 19)}  ` : '';
    const route = `${this.#nameOf(from).padStart(NAME_WIDTH)} ${ARROWS[wire]} ${this.#nameOf(to).padEnd(NAME_WIDTH)}`;
    const head = `  ${time}${route}  `;
    const named = `${answer ? '↳ ' : ''}${action}`;
    const label = hasColumns ? named.padEnd(ACTION_WIDTH) : `${named}  `;
    const lines = layOut(summary, { indent: head.length, label: label.length, width, hasColumns });
    const [first = '', ...more] = lines;
    const coloured = this.#terminal.colour(COLOURS[wire], first === '' ? named : label);
    this.#terminal.writeLine(`${this.#terminal.colour('dim', head)}${coloured}${first}`);
    for (const line of more) this.#terminal.writeLine(line);
  }

  session(figures: SessionFigures): void {
    const line = `  ${sessionLine(figures, this.#exchange.currency)}`;
    if (this.#terminal.interactive) return this.#terminal.showLive(truncate(line, this.#terminal.width));
    const { elapsedMs } = figures;
    const isNewSession = elapsedMs < this.#lastSessionLineAt;
    if (!isNewSession && elapsedMs - this.#lastSessionLineAt < LINE_INTERVAL_MS) return;
    this.#lastSessionLineAt = elapsedMs;
    this.#terminal.writeLine(line);
  }

  #nameOf(party: string): string {
    const { buyer, bridge, charger } = this.#exchange;
    if (party === buyer) return 'buyer';
    if (party === charger) return 'charger';
    return party === bridge ? 'bridge' : party;
  }

  #isShown(message: WireMessage): boolean {
    const { wire, action, answer, text, messageId } = message;
    if (action === 'status') this.#statusRequests.add(messageId);
    if (wire === 'beckn') {
      const isProgress = action === 'on_status' && !answer && !this.#statusRequests.has(messageId);
      return !isProgress || this.#isNewOrderState(text);
    }
    if (action === 'StatusNotification') return !answer && !text.includes('"connectorId":0');
    if (action === 'TransactionEvent' && /"(MeterValuePeriodic|Trigger)"/.test(text)) return false;
    return !HIDDEN_ACTIONS.has(action) && !(answer && action === 'StopTransaction');
  }

  /** Remembers the state of the order, session and connector. @returns Whether it differs from the last one shown. */
  #isNewOrderState(text: string): boolean {
    const order = orderIn(valueAt(JSON.parse(text), 'message'));
    const state = [orderIdOf(order), ...statesOf(order), connectorStatus(order)].join(' ');
    if (state === this.#lastOrderState) return false;
    this.#lastOrderState = state;
    return true;
  }
}

/**
 * Breaks a summary into lines: the first follows the label, and the others are indented. On a narrow terminal, a
 * summary that does not fit beside its label begins on the next line.
 */
function layOut(
  summary: string,
  layout: { readonly indent: number; readonly label: number; readonly width: number; readonly hasColumns: boolean },
): string[] {
  const { indent, label, width, hasColumns } = layout;
  const room = width - indent;
  if (summary.length <= room - label) return [summary];
  const column = hasColumns ? label : 0;
  // A number stays beside its unit and its currency.
  const lines = wrap(summary.replace(/ (?=%)|(?<=\p{Sc}|\b[A-Z]{3}) (?=\d)/gu, '\u00a0'), room - column);
  const further = lines.map((line) => `${' '.repeat(indent + column)}${line}`);
  return hasColumns ? [lines[0] ?? '', ...further.slice(1)] : ['', ...further];
}

function sessionLine(figures: SessionFigures, currency: string): string {
  const { elapsedMs, energyWh, powerW, socPercent, cost, share } = figures;
  const minutes = String(Math.floor(elapsedMs / 60_000));
  const seconds = String(Math.floor((elapsedMs % 60_000) / 1_000));
  const filled = Math.min(BAR_WIDTH, Math.round(share * BAR_WIDTH));
  return [
    `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`,
    `${minutes.padStart(2)}:${seconds.padStart(2, '0')} min`,
    `${(energyWh / 1_000).toFixed(2).padStart(5)} kWh`,
    `${(powerW / 1_000).toFixed(1).padStart(5)} kW`,
    ...(socPercent === undefined ? [] : [`SoC ${Math.floor(socPercent)} %`]),
    priceText(currency, formatMinor(cost, currency)),
  ].join('   ');
}
