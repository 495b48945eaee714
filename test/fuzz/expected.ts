/** What has to be answered, judged apart from the code that answers. */

/** The id, as JSON text, that an OCPP-J frame must be answered with; undefined when nothing need come. */
export function owedInArrays(text: string): string | undefined {
  const frame = parsed(text);
  if (!Array.isArray(frame) || frame[0] !== 2) return undefined;
  const id: unknown = frame[1];
  return typeof id === 'string' || typeof id === 'number' ? JSON.stringify(id) : undefined;
}

/** The same in the object envelope: a question has an action. */
export function owedInObjects(text: string): string | undefined {
  const frame = parsed(text);
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return undefined;
  const { messageId, action } = frame as { readonly [key: string]: unknown };
  if (typeof messageId !== 'string' && typeof messageId !== 'number') return undefined;
  return action === undefined || action === null ? undefined : JSON.stringify(messageId);
}

/** The id that a frame of the server answers, or the call that it asks. */
export function read(text: string): { readonly answers: string } | { readonly asks: string } {
  const frame = parsed(text);
  if (Array.isArray(frame)) {
    return frame[0] === 2 ? { asks: String(frame[1]) } : { answers: JSON.stringify(frame[1]) };
  }
  const { messageId, action, status } = frame as { readonly [key: string]: unknown };
  return action !== undefined && status === undefined
    ? { asks: String(messageId) }
    : { answers: JSON.stringify(messageId) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
