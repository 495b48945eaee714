/**
 * A dialect of OCPP 1.6 whose frames are objects: `{"messageId", "action", "payload"}` asks and
 * `{"messageId", "status", "payload"}` answers. Ids repeat, and nothing marks an answer but what is outstanding.
 */
import type { Codec, OutstandingCalls } from './codec.js';
import {
  isTooDeep,
  isPayload,
  toPrintableAscii,
  type CallFrame,
  type ErrorFrame,
  type Frame,
  type Payload,
  type ResultFrame,
} from './frame.js';
import { FRAME_RULES } from './frame-rules.js';

interface EnvelopeCall extends CallFrame {
  /** Members that the answer repeats, as JSON text with a comma at its end. */
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

/** The word on the envelope: the answer's own, or its tag's; what has none was accepted. */
function envelopeStatus(payload: Payload): string {
  const { status, idTagInfo } = payload;
  if (typeof status === 'string') return status;
  const tag = idTagInfo !== undefined && isPayload(idTagInfo) ? idTagInfo['status'] : undefined;
  return typeof tag === 'string' ? tag : 'Accepted';
}

function parseEnvelope(text: string, ours: OutstandingCalls | undefined): Frame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { type: 'dropped', fault: 'not-json' };
  }
  if (!isPayload(frame)) return { type: 'dropped', fault: 'not-an-object' };
  const id = frame['messageId'];
  if (typeof id !== 'string' && typeof id !== 'number') return { type: 'dropped', fault: 'id' };
  const action = Object.hasOwn(frame, 'action') ? frame['action'] : undefined;
  if (isTooDeep(text)) return { type: 'faulty', idText: JSON.stringify(id), fault: 'depth' };
  const answered = answeredCallId(frame, String(id), action, ours);
  if (answered !== undefined) return readAnswer(frame, answered);
  return readCall(frame, text, JSON.stringify(id), action);
}

/**
 * The id of our call that a frame answers; `undefined` for a question.
 * @shape Ids repeat, so without an action it answers the one call that is out, whatever its id. With one it is an
 *        answer when it names our call, or when it has the status that a DataTransfer has only in its answer.
 */
function answeredCallId(
  frame: Payload,
  id: string,
  action: unknown,
  ours: OutstandingCalls | undefined,
): string | undefined {
  const asked = ours?.actionOf(id);
  if (asked !== undefined && (action === undefined || action === asked)) return id;
  const current = ours?.inFlightCall;
  if (action === undefined || action === null) return current?.id ?? id;
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
  // The one exchange whose drawn answer names its action and a second id.
  const repeated =
    action === 'DataTransfer'
      ? `${typeof uniqueId === 'string' ? `"uniqueId":${JSON.stringify(uniqueId)},` : ''}"action":"DataTransfer",`
      : '';
  const call: EnvelopeCall = { type: 'call', idText, action, payload: body, text, payloadAt: -1, repeated };
  return call;
}
