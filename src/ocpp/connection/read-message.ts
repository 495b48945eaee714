/** A message that broke its schema: read all the same where it can be, and in either case named. */
import type { Json } from '../../domain/model/object.js';
import type { Check, Violation } from '../../schema/validators.js';
import type { Connection } from './connection.js';
import { isPayload, type Payload } from '../frames/frame.js';
import { applyQuirks, detectQuirks } from '../quirks/registry.js';
import { validateLeniently, valueAt, type LenientResult } from '../leniency/lenient-validation.js';

export type ReadResult =
  | { readonly payload: Payload; readonly violation?: undefined }
  | { readonly payload?: undefined; readonly violation: Violation };

/**
 * What a reader may have of a payload. Where the check passes that is the payload itself.
 * @shape  Not strict: quirks that the fault gives away are held for the rest of the socket.
 * @errors The violation to answer with: the first one when strict, else the one that is left after mending.
 */
export function readMessage(
  line: Connection,
  kind: 'request' | 'response' | 'send',
  { action, payload: sent }: { readonly action: string; readonly payload: Json },
  check: Check,
  identity?: readonly string[],
): ReadResult {
  const { version, settings: wire } = line;
  const given = isPayload(sent) ? sent : {};
  const payload = kind === 'response' ? given : applyQuirks(line.quirks, 'inbound', action, given);
  const first = check(isPayload(sent) ? payload : sent);
  if (!first) return { payload };
  if (wire.strict) {
    line.recordViolation(action, first.path, first.keyword, valueAt(payload, first.path), false);
    return { violation: first };
  }
  let softened: LenientResult = { payload, faults: [], violation: first };
  try {
    softened = validateLeniently({ version: version.name, action, kind, check, billingFields: identity }, payload);
  } catch (fault) {
    // Leniency must not make it worse: what it cannot mend is refused as if there were none.
    line.reportFault(action, fault);
  }
  const { violation, faults } = softened;
  if (violation) {
    // A value that was there and could not be mended is not missing: what was wrong with it is told.
    const there = violation.keyword === 'required' && valueAt(payload, violation.path) !== undefined;
    const left = isPayload(sent) && !there ? violation : first;
    line.recordViolation(action, left.path, left.keyword, valueAt(payload, left.path), false);
    return { violation: left };
  }
  if (!isPayload(sent)) line.recordViolation(action, first.path, first.keyword, sent, true);
  for (const { path, keyword, found } of faults) line.recordViolation(action, path, keyword, found, true);
  if (kind === 'request') line.addDetectedQuirks(detectQuirks(version.name, line.quirks, action, given));
  return { payload: softened.payload };
}
