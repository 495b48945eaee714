/**
 * Reads and writes a dialect of OCPP 1.6 whose frames are objects: `{"messageId", "action", "payload"}` is a request,
 * `{"messageId", "status", "payload"}` a response. Ids repeat, and some responses look like requests, so the parser
 * needs our outstanding CALLs to tell them apart.
 */
import type { Codec, OutstandingCalls } from './codec.js';
import { isTooDeep, toPrintableAscii, type CallFrame, type ErrorFrame, type Frame, type ResultFrame } from './frame.js';
import { isPayload, type Payload } from './payload.js';
import { FRAME_RULES } from './frame-rules.js';

interface EnvelopeCall extends CallFrame {
  /** Members that the response repeats, as JSON text with a trailing comma. */
  readonly repeated: string;
}

export const envelopeCodec: Codec = {
  name: 'envelope',
  rules: FRAME_RULES['1.6'],
  reusesIds: true,
  labelsResults: false,
  parseFrame: parseEnvelope,
  encodeResult(frame, payload) {
    const parsed: unknown = JSON.parse(payload);
    const body: Payload = isPayload(parsed) ? parsed : {};
    const repeated = 'repeated' in frame && typeof frame.repeated === 'string' ? frame.repeated : '';
    const tail = payload === '{}' ? '' : `,"payload":${payload}`;
    return `{"messageId":${frame.idText},${repeated}"status":${JSON.stringify(envelopeStatus(body))}${tail}}`;
  },
  encodeError: (idText, code, description) =>
    `{"messageId":${idText},"status":"Rejected","errorCode":"${code}","errorDescription":${JSON.stringify(toPrintableAscii(description))}}`,
  encodeCall: (id, action, payload) => `{"messageId":${JSON.stringify(id)},"action":"${action}","payload":${payload}}`,
};

/** Returns the envelope's `status`: the status of the response, else of its idTagInfo, else Accepted. */
function envelopeStatus(payload: Payload): string {
  const { status, idTagInfo } = payload;
  if (typeof status === 'string') return status;
  const tag = idTagInfo !== undefined && isPayload(idTagInfo) ? idTagInfo['status'] : undefined;
  return typeof tag === 'string' ? tag : 'Accepted';
}

function parseEnvelope(text: string, outstanding: OutstandingCalls | undefined): Frame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { type: 'dropped', fault: 'not-json' };
  }
  if (!isPayload(frame)) return { type: 'dropped', fault: 'not-an-object' };
  const id = frame['messageId'];
  if (typeof id !== 'string' && typeof id !== 'number') return { type: 'dropped', fault: 'id' };
  // Some write an absent action as null.
  const action = frame['action'] ?? undefined;
  if (isTooDeep(text)) return { type: 'faulty', idText: JSON.stringify(id), fault: 'depth' };
  const answered = answeredCallId(frame, String(id), action, outstanding);
  if (answered !== undefined) return readAnswer(frame, answered);
  return readCall(frame, text, JSON.stringify(id), action);
}

/**
 * Returns the id of our CALL that a frame answers; `undefined` if the frame is a request.
 * @shape A frame without an action answers the CALL with its id, else the CALL in flight. A frame with an action is a
 *        response if a CALL of ours has the same id and action. While our DataTransfer is in flight, a DataTransfer
 *        whose payload has a status is a response too, because requests have no status.
 */
function answeredCallId(
  frame: Payload,
  id: string,
  action: unknown,
  outstanding: OutstandingCalls | undefined,
): string | undefined {
  const ourAction = outstanding?.actionOf(id);
  if (ourAction !== undefined && (action === undefined || action === ourAction)) return id;
  const current = outstanding?.inFlightCall;
  if (action === undefined) return current?.id ?? id;
  const body = frame['payload'];
  const hasStatus = body !== undefined && isPayload(body) && typeof body['status'] === 'string';
  return action === 'DataTransfer' && current?.action === action && hasStatus ? current.id : undefined;
}

function readAnswer(frame: Payload, id: string): ResultFrame | ErrorFrame {
  const { status, payload, errorCode, errorDescription } = frame;
  if (typeof errorCode === 'string') {
    return {
      type: 'error',
      id,
      code: errorCode,
      description: typeof errorDescription === 'string' ? errorDescription : '',
    };
  }
  const body = payload !== undefined && isPayload(payload) ? payload : {};
  if (Object.keys(body).length > 0 || typeof status !== 'string') return { type: 'result', id, payload: body };
  return { type: 'result', id, payload: { status } };
}

function readCall(frame: Payload, text: string, idText: string, action: unknown): Frame {
  if (typeof action !== 'string') return { type: 'faulty', idText, fault: 'action' };
  const body = frame['payload'] ?? {};
  if (!isPayload(body)) return { type: 'faulty', idText, fault: 'payload' };
  const { uniqueId } = frame;
  // Only DataTransfer has a documented response that repeats the action and a second id.
  const repeated =
    action === 'DataTransfer'
      ? `${typeof uniqueId === 'string' ? `"uniqueId":${JSON.stringify(uniqueId)},` : ''}"action":"DataTransfer",`
      : '';
  const call: EnvelopeCall = { type: 'call', idText, action, payload: body, text, payloadAt: -1, repeated };
  return call;
}
