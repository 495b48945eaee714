/** CALLs whose action is not written as the version writes it. */
import { isPayload, type CallFrame } from '../frames/frame.js';
import type { OcppVersion } from '../versions/version.js';

/** Misnamed in a drawing of 2.0.1; in 1.6 the suffix is all that is wrong. */
const ACTION_ALIASES: ReadonlyMap<string, string> = new Map([
  ['StartTransactionRequest', 'RequestStartTransaction'],
  ['StopTransactionRequest', 'RequestStopTransaction'],
]);

/**
 * The CALL that a frame with an unknown action means: a signed one unwrapped (2.x), a drawn alias by its name where
 * the dialect of the drawings is on; else the frame itself.
 * @shape  A signature is not checked: the receiver may pass it over.
 * @source OCPP-J 2.0.1 §7 (`X-Signed`, flattened JWS)
 */
export function resolveActionAlias(
  frame: CallFrame,
  { version, codec }: { readonly version: OcppVersion; readonly codec: { readonly labelsResults: boolean } },
): CallFrame {
  const { action } = frame;
  if (version.name !== '1.6' && action.endsWith('-Signed')) return unwrapSigned(frame);
  if (!codec.labelsResults || !action.endsWith('Request')) return frame;
  const plain = action.slice(0, -'Request'.length);
  const name = version.hasAction(plain) ? plain : ACTION_ALIASES.get(action);
  return name === undefined ? frame : { ...frame, action: name };
}

function unwrapSigned(frame: CallFrame): CallFrame {
  const { payload: signed } = frame.payload;
  if (typeof signed !== 'string') return frame;
  try {
    const payload: unknown = JSON.parse(Buffer.from(signed, 'base64url').toString('utf8'));
    const action = frame.action.slice(0, -'-Signed'.length);
    return isPayload(payload) ? { ...frame, action, payload, payloadAt: -1 } : frame;
  } catch {
    return frame;
  }
}
