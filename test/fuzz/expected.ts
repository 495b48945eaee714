/** The answers that frames require, determined independently of the production code. */

/**
 * Returns the message id that the answer to an OCPP-J frame must carry, as JSON text, or `undefined` if no answer is
 * due.
 */
export function expectedAnswerOcppJ(text: string): string | undefined {
  const frame = parseJson(text);
  if (!Array.isArray(frame) || frame[0] !== 2) return undefined;
  const id: unknown = frame[1];
  return typeof id === 'string' || typeof id === 'number' ? JSON.stringify(id) : undefined;
}

/** Does the same for the object envelope, where only a call has an action. */
export function expectedAnswerEnvelope(text: string): string | undefined {
  const frame = parseJson(text);
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return undefined;
  const { messageId, action } = frame as { readonly [key: string]: unknown };
  if (typeof messageId !== 'string' && typeof messageId !== 'number') return undefined;
  return action === undefined || action === null ? undefined : JSON.stringify(messageId);
}

/** Returns the id of the message that a server frame answers, or the id of its call. */
export function readServerFrame(text: string): { readonly answeredId: string } | { readonly callId: string } {
  const frame = parseJson(text);
  if (Array.isArray(frame)) {
    return frame[0] === 2 ? { callId: String(frame[1]) } : { answeredId: JSON.stringify(frame[1]) };
  }
  const { messageId, action, status } = frame as { readonly [key: string]: unknown };
  return action !== undefined && status === undefined
    ? { callId: String(messageId) }
    : { answeredId: JSON.stringify(messageId) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
