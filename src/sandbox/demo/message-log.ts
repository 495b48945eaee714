/** Every message that crossed a wire, in order, and its JSON line. */
import { isCallback } from '../buyer-app/callback-actions.js';

export interface WireMessage {
  /** Epoch ms of the sandbox's clock. */
  readonly at: number;
  readonly wire: 'beckn' | 'ocpp';
  readonly from: string;
  readonly to: string;
  /** Of an answer: the action that it answers. */
  readonly action: string;
  readonly messageId: string;
  /** True for a Beckn ACK or NACK and for an OCPP CALLRESULT or CALLERROR. */
  readonly answer: boolean;
  /** The JSON text as it was sent. */
  readonly text: string;
}

export interface MessageLog {
  readonly messages: readonly WireMessage[];
  /** For a buyer app's `onMessage`; `in` is towards it. */
  beckn(direction: 'in' | 'out', action: string, text: string, at: number, messageId: string): void;
  /** For a charge point's `onFrame`; `in` is towards it. */
  ocpp(chargePointId: string, direction: 'in' | 'out', frame: readonly unknown[], at: number): void;
}

/** One JSON object; the body is spliced in as it was, not written anew. */
export function jsonLine(message: WireMessage): string {
  const { at, wire, from, to, action, messageId, text } = message;
  const head = JSON.stringify({ at: new Date(at).toISOString(), wire, from, to, action, messageId });
  return `${head.slice(0, -1)},"body":${text}}`;
}

export function createMessageLog(
  names: { readonly buyer: string; readonly bridge: string },
  told: (message: WireMessage) => void,
): MessageLog {
  const messages: WireMessage[] = [];
  /** What an answer answers: message ids are unique for each sender. */
  const asked = new Map<string, string>();

  function add(message: WireMessage): void {
    messages.push(message);
    told(message);
  }

  return {
    messages,
    beckn(direction, action, text, at, messageId) {
      const [from, to] = direction === 'in' ? [names.bridge, names.buyer] : [names.buyer, names.bridge];
      // Callbacks come towards the buyer app, requests leave it; the other way round are their answers.
      const answer = isCallback(action) === (direction === 'out');
      add({ at, wire: 'beckn', from, to, action, messageId, answer, text });
    },
    ocpp(chargePointId, direction, frame, at) {
      const [from, to] = direction === 'in' ? [names.bridge, chargePointId] : [chargePointId, names.bridge];
      const messageId = String(frame[1]);
      const answer = frame[0] !== 2;
      const asker = answer ? to : from;
      const key = `${chargePointId} ${asker} ${messageId}`;
      if (!answer) asked.set(key, String(frame[2]));
      const action = asked.get(key) ?? 'unknown';
      if (answer) asked.delete(key);
      add({ at, wire: 'ocpp', from, to, action, messageId, answer, text: JSON.stringify(frame) });
    },
  };
}
