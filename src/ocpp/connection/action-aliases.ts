/** Resolves CALLs whose action differs from the OCPP version's spelling. */
import type { Codec } from '../frames/codec.js';
import { isTooDeep, type CallFrame } from '../frames/frame.js';
import { isPayload } from '../frames/payload.js';
import type { OcppVersion } from '../versions/version.js';

/** Names from generated 2.0.1 documents that differ from the action by more than the suffix `Request`. */
const ACTION_ALIASES: ReadonlyMap<string, string> = new Map([
  ['StartTransactionRequest', 'RequestStartTransaction'],
  ['StopTransactionRequest', 'RequestStopTransaction'],
]);

/**
 * Resolves a CALL with an unknown action. Returns the content of a signed CALL (2.x) or, with the quirk
 * `labelled-results`, the CALL with the proper action instead of an alias; otherwise the frame itself.
 * @shape  The signature is not checked: the standard allows a receiver to ignore it.
 * @source OCPP-J 2.0.1 §7 (`X-Signed`, flattened JWS)
 */
export function resolveActionAlias(
  frame: CallFrame,
  { version, codec }: { readonly version: OcppVersion; readonly codec: Pick<Codec, 'labelsResults'> },
): CallFrame {
  const { action } = frame;
  if (version.name !== '1.6' && action.endsWith('-Signed')) return unwrapSigned(frame);
  if (!codec.labelsResults || !action.endsWith('Request')) return frame;
  const stem = action.slice(0, -'Request'.length);
  const resolved = version.hasAction(stem) ? stem : ACTION_ALIASES.get(action);
  return resolved === undefined ? frame : { ...frame, action: resolved };
}

function unwrapSigned(frame: CallFrame): CallFrame {
  const { payload: signed } = frame.payload;
  if (typeof signed !== 'string') return frame;
  try {
    const content = Buffer.from(signed, 'base64url').toString('utf8');
    if (isTooDeep(content)) return frame;
    const payload: unknown = JSON.parse(content);
    const action = frame.action.slice(0, -'-Signed'.length);
    return isPayload(payload) ? { ...frame, action, payload, payloadAt: -1 } : frame;
  } catch {
    return frame;
  }
}
