/** Records the Beckn and OCPP messages of a sandbox program in order, and formats them as JSON lines. */
import type { BuyerAppMessage } from '../buyer-app/buyer-options.js';
import { isCallback } from '../buyer-app/callback-actions.js';
import { parseJson } from '../runtime/json.js';

export interface WireMessage {
  /** Epoch ms by the sandbox's clock. */
  readonly at: number;
  readonly wire: 'beckn' | 'ocpp';
  readonly from: string;
  readonly to: string;
  /** An answer has the action of its request, or `unknown` if no unanswered request has its message id. */
  readonly action: string;
  readonly messageId: string;
  /** True if the message is a Beckn ACK or NACK, or an OCPP CALLRESULT or CALLERROR. */
  readonly answer: boolean;
  /**
   * JSON: the body of a Beckn message as it was sent, or an OCPP frame serialised again. A body that is not JSON, such
   * as a proxy's error page, is here as a JSON string.
   */
  readonly text: string;
}

/** Formats a message as one line of JSON, into which its text is copied unchanged except for line breaks. */
export function jsonLine({ at, wire, from, to, action, messageId, text }: WireMessage): string {
  const head = JSON.stringify({ at: new Date(at).toISOString(), wire, from, to, action, messageId });
  // JSON escapes the line breaks inside strings, so the others mean nothing.
  return `${head.slice(0, -1)},"body":${text.replaceAll(/[\r\n]+/g, ' ')}}`;
}

const jsonTextOf = (text: string): string => (parseJson(text) === undefined ? JSON.stringify(text) : text);

const CALL = 2;

export class MessageLog {
  readonly #names: { readonly buyer: string; readonly bridge: string };
  readonly #onMessage: (message: WireMessage) => void;
  readonly #messages: WireMessage[] = [];
  /** The actions of unanswered CALLs. The caller is part of the key, because message ids are unique only per sender. */
  readonly #callActions = new Map<string, string>();

  constructor(names: { readonly buyer: string; readonly bridge: string }, onMessage: (message: WireMessage) => void) {
    this.#names = names;
    this.#onMessage = onMessage;
  }

  get messages(): readonly WireMessage[] {
    return this.#messages;
  }

  /** Records what a buyer app passes to `onMessage`. */
  addBeckn({ direction, action, messageId, text, at }: BuyerAppMessage): void {
    const { buyer, bridge } = this.#names;
    const [from, to] = direction === 'in' ? [bridge, buyer] : [buyer, bridge];
    // Callbacks come in and requests go out. A message with their action in the other direction is an acknowledgement.
    const answer = isCallback(action) === (direction === 'out');
    this.#add({ at, wire: 'beckn', from, to, action, messageId, answer, text: jsonTextOf(text) });
  }

  /** Records what a charge point passes to `onFrame`. */
  addOcpp(chargePointId: string, direction: 'in' | 'out', frame: readonly unknown[], at: number): void {
    const { bridge } = this.#names;
    const [from, to] = direction === 'in' ? [bridge, chargePointId] : [chargePointId, bridge];
    const messageId = String(frame[1]);
    const answer = frame[0] !== CALL;
    const key = `${chargePointId} ${answer ? to : from} ${messageId}`;
    if (!answer) this.#callActions.set(key, String(frame[2]));
    const action = this.#callActions.get(key) ?? 'unknown';
    if (answer) this.#callActions.delete(key);
    this.#add({ at, wire: 'ocpp', from, to, action, messageId, answer, text: JSON.stringify(frame) });
  }

  #add(message: WireMessage): void {
    this.#messages.push(message);
    this.#onMessage(message);
  }
}
