/** Records every message on the wires in order, and writes it as a JSON line. */
import type { BuyerAppMessage } from '../buyer-app/buyer-options.js';
import { isCallback } from '../buyer-app/callback-actions.js';

export interface WireMessage {
  /** Epoch ms of the sandbox's clock. */
  readonly at: number;
  readonly wire: 'beckn' | 'ocpp';
  readonly from: string;
  readonly to: string;
  /** An answer carries the action that it answers; `unknown` when it answers none. */
  readonly action: string;
  readonly messageId: string;
  /** True for a Beckn ACK or NACK, and for an OCPP CALLRESULT or CALLERROR. */
  readonly answer: boolean;
  /** The JSON text as it was sent. */
  readonly text: string;
}

/** One JSON object without a line break. The body is copied as it was sent, not parsed and written again. */
export function jsonLine({ at, wire, from, to, action, messageId, text }: WireMessage): string {
  const head = JSON.stringify({ at: new Date(at).toISOString(), wire, from, to, action, messageId });
  return `${head.slice(0, -1)},"body":${text}}`;
}

const CALL = 2;

export class MessageLog {
  readonly #names: { readonly buyer: string; readonly bridge: string };
  readonly #onMessage: (message: WireMessage) => void;
  readonly #messages: WireMessage[] = [];
  /** The actions of unanswered CALLs. The caller is part of the key: a message id is unique for one sender only. */
  readonly #callActions = new Map<string, string>();

  constructor(names: { readonly buyer: string; readonly bridge: string }, onMessage: (message: WireMessage) => void) {
    this.#names = names;
    this.#onMessage = onMessage;
  }

  get messages(): readonly WireMessage[] {
    return this.#messages;
  }

  /** For the `onMessage` of a buyer app. */
  addBeckn({ direction, action, messageId, text, at }: BuyerAppMessage): void {
    const { buyer, bridge } = this.#names;
    const [from, to] = direction === 'in' ? [bridge, buyer] : [buyer, bridge];
    // Callbacks go to the buyer app and requests leave it. What carries their action the other way is an acknowledgement.
    const answer = isCallback(action) === (direction === 'out');
    this.#add({ at, wire: 'beckn', from, to, action, messageId, answer, text });
  }

  /** For the `onFrame` of a charge point. */
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
