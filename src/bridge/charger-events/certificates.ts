/** Chargers' certificates: asked for, signed by the operator's authority, and sent after the answer has left. */
import type { CertificateAuthority } from '../../ports/certificates.js';
import type { ChargerCommandSender, ChargerEvent, ChargerOutcome } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';

export interface CertificatesDeps {
  readonly authority: CertificateAuthority | undefined;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
  readonly events: Events;
}

type CertificateRequested = Extract<ChargerEvent, { type: 'certificate-requested' }>;

/**
 * Accepted means signed: the certificate follows as CertificateSigned. One that is lost on the way is asked for again.
 * @source OCPP 1.6 security whitepaper and OCPP 2.0.1, use cases A02 and A03
 */
export async function signCertificate(
  { authority, commandSender: calls, clock, events }: CertificatesDeps,
  chargePointId: string,
  { csr, certificateType: kind, requestId }: CertificateRequested,
): Promise<ChargerOutcome> {
  const refuse = (reason: string): ChargerOutcome => {
    events.emit('charger.certificate-refused', { chargePointId, reason });
    return { type: 'certificate-requested', status: 'Rejected' };
  };
  if (!authority) return refuse('no authority');
  // Contract certificates come from another authority than ours.
  if (kind !== undefined && kind !== 'ChargingStationCertificate') return refuse('another kind of certificate');
  const signing = await authority.sign(csr, chargePointId);
  if ('refused' in signing) return refuse(signing.refused);
  const { chain: certificateChain, serialNumber, notAfter } = signing;
  const payload = {
    certificateChain,
    ...(kind !== undefined && { certificateType: kind }),
    ...(requestId !== undefined && { requestId }),
  };
  const deliver = async (): Promise<void> => {
    const answer = await calls.sendCommand(chargePointId, { type: 'action', action: 'CertificateSigned', payload });
    const said = answer.kind === 'answered' ? answer.status : answer.kind;
    events.emit('charger.certificate-signed', { chargePointId, serialNumber, notAfter, response: said });
  };
  clock.callSoon(() => clock.callSoon(() => void deliver()));
  return { type: 'certificate-requested', status: 'Accepted' };
}
