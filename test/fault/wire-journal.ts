/** The traffic as seen by the buyer app and the charge point. */
import type { BuyerAppMessage } from '../../src/sandbox/buyer-app/buyer-options.js';
import { isJson, textOf, type Json } from '../../src/sandbox/runtime/json.js';

export interface BecknEntry {
  readonly action: string;
  readonly text: string;
  readonly messageId: string;
  readonly body: Json;
}

export interface Call {
  readonly id: string;
  readonly action: string;
  readonly payload: Json;
  /** The CALLRESULT; absent until it arrives. */
  result?: Json;
}

export class WireJournal {
  /** In order of arrival, including repeats. */
  readonly callbacks: BecknEntry[] = [];
  readonly requests: BecknEntry[] = [];
  /** The message ids of acknowledged requests. */
  readonly acknowledged = new Set<string>();
  /** The calls of the charge point, and the calls to it. */
  readonly fromCharger: Call[] = [];
  readonly toCharger: Call[] = [];

  readonly beckn = ({ direction, action, messageId, text }: BuyerAppMessage): void => {
    const parsed: unknown = JSON.parse(text);
    const entry = { action, text, messageId, body: isJson(parsed) ? parsed : {} };
    const callback = action.startsWith('on_');
    if (callback && direction === 'in') this.callbacks.push(entry);
    if (!callback && direction === 'out') this.requests.push(entry);
    if (!callback && direction === 'in' && text.includes('"ACK"')) this.acknowledged.add(messageId);
  };

  readonly ocpp = (direction: 'in' | 'out', frame: unknown[]): void => {
    const [type, id, third, fourth] = frame;
    const calls = direction === 'out' ? this.fromCharger : this.toCharger;
    if (type === 2) {
      calls.push({ id: String(id), action: String(third), payload: isJson(fourth) ? fourth : {} });
    } else if (type === 3) {
      const asked = direction === 'in' ? this.fromCharger : this.toCharger;
      const call = asked.findLast((one) => one.id === String(id));
      if (call) call.result = isJson(third) ? third : {};
    }
  };

  calls(action: string): Call[] {
    return this.fromCharger.filter((call) => call.action === action);
  }

  /** Returns the distinct bodies of one action in the order in which they first arrived. */
  distinct(action: string): BecknEntry[] {
    const seen = new Set<string>();
    return this.callbacks.filter((entry) => {
      if (entry.action !== action || seen.has(entry.text)) return false;
      seen.add(entry.text);
      return true;
    });
  }
}

export const orderOf = (entry: BecknEntry): Json => {
  const message = isJson(entry.body.message) ? entry.body.message : {};
  return isJson(message.order) ? message.order : {};
};

export const idOf = (entry: BecknEntry): string => textOf(orderOf(entry).id);
