/** Decides which messages are allowed before a charge point's boot is accepted. */
import type { ChargerCommand } from '../../ports/charger-commands.js';
import type { Call } from '../versions/version.js';

/**
 * Matches values of `requestedMessage`, such as `SignChargingStationCertificate`, that make a charger send
 * SignCertificate.
 */
const SIGN_CERTIFICATE_TRIGGER = /^Sign\w+Certificate$/;

/** Returns the message that our CALL requests, if any; a charger whose boot is Pending may then send it. */
export function requestedMessageOf({ action, payload }: Pick<Call, 'action' | 'payload'>): string | undefined {
  if (action === 'GetBaseReport' || action === 'GetReport') return 'NotifyReport';
  if (action !== 'TriggerMessage' && action !== 'ExtendedTriggerMessage') return undefined;
  const { requestedMessage } = payload;
  if (typeof requestedMessage !== 'string') return undefined;
  return SIGN_CERTIFICATE_TRIGGER.test(requestedMessage) ? 'SignCertificate' : requestedMessage;
}

/** Actions that a charge point may receive only after its boot is accepted. @source OCPP 1.6 §4.2, 2.0.1 B02.FR.05 */
const ACTIONS_NEEDING_BOOT: ReadonlySet<string> = new Set([
  'RemoteStartTransaction',
  'RemoteStopTransaction',
  'RequestStartTransaction',
  'RequestStopTransaction',
]);

const PRE_BOOT_COMMANDS: ReadonlySet<ChargerCommand['type']> = new Set([
  'trigger-message',
  'get-configuration',
  'change-configuration',
  'change-password',
]);

/** Returns whether a Pending charge point may receive the command. */
export function isAllowedWhilePending(command: ChargerCommand): boolean {
  return command.type === 'action' ? !ACTIONS_NEEDING_BOOT.has(command.action) : PRE_BOOT_COMMANDS.has(command.type);
}
