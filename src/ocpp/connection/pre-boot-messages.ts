/** Messages of its own that a charge point owes us although its boot is not accepted yet: we have asked for them. */
import type { Call } from '../versions/version.js';

/** Actions that a CALL of ours brings about when they are not called as it names them. */
const SIGN_CERTIFICATE_TRIGGER = /^Sign\w+Certificate$/;

/** @source OCPP 2.0.1 B02.FR.09; 1.6 §4.2 and the security whitepaper's ExtendedTriggerMessage */
export function requestedMessageOf({ action, payload }: Pick<Call, 'action' | 'payload'>): string | undefined {
  if (action === 'GetBaseReport' || action === 'GetReport') return 'NotifyReport';
  if (action !== 'TriggerMessage' && action !== 'ExtendedTriggerMessage') return undefined;
  const wanted = payload['requestedMessage'];
  if (typeof wanted !== 'string') return undefined;
  return SIGN_CERTIFICATE_TRIGGER.test(wanted) ? 'SignCertificate' : wanted;
}

/** What nobody may be asked before its boot is accepted. @source OCPP 1.6 §4.2, 2.0.1 B02.FR.05 */
export const ACTIONS_NEEDING_BOOT: ReadonlySet<string> = new Set([
  'RemoteStartTransaction',
  'RemoteStopTransaction',
  'RequestStartTransaction',
  'RequestStopTransaction',
]);
