/**
 * Answers chargers' certificate requests. The operator's authority signs; CertificateSigned delivers the certificates.
 */
import type { CertificateAuthority } from '../../ports/certificates.js';
import type { ChargerCommandSender } from '../../ports/charger-commands.js';
import type { ChargerEventOf, ChargerOutcomeOf } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';

export interface CertificatesDeps {
  readonly authority: CertificateAuthority | undefined;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
  readonly events: Events;
}

/**
 * Signs a request for the charger's own certificate and answers Accepted, then sends CertificateSigned. A charger that
 * does not receive the certificate sends another request. Answers Rejected if it cannot or may not sign.
 * @source OCPP 1.6 security whitepaper and OCPP 2.0.1, use cases A02 and A03
 */
export async function signCertificate(
  { authority, commandSender, clock, events }: CertificatesDeps,
  chargePointId: string,
  { csr, certificateType, requestId }: ChargerEventOf<'certificate-requested'>,
): Promise<ChargerOutcomeOf<'certificate-requested'>> {
  const refuse = (reason: string): ChargerOutcomeOf<'certificate-requested'> => {
    events.emit('charger.certificate-refused', { chargePointId, reason });
    return { type: 'certificate-requested', status: 'Rejected' };
  };
  if (!authority) return refuse('no authority');
  // Contract certificates (ISO 15118) are issued by another authority.
  if (certificateType !== undefined && certificateType !== 'ChargingStationCertificate')
    return refuse('another kind of certificate');
  const signed = await authority.sign(csr, chargePointId);
  if ('refused' in signed) return refuse(signed.refused);
  const { chain: certificateChain, serialNumber, notAfter } = signed;
  const payload = {
    certificateChain,
    ...(certificateType !== undefined && { certificateType }),
    ...(requestId !== undefined && { requestId }),
  };
  const deliver = async (): Promise<void> => {
    const result = await commandSender.sendCommand(chargePointId, {
      type: 'action',
      action: 'CertificateSigned',
      payload,
    });
    const response = result.kind === 'answered' ? result.status : result.kind;
    events.emit('charger.certificate-signed', { chargePointId, serialNumber, notAfter, response });
  };
  // Two event-loop turns later the response to this request has left.
  clock.callSoon(() => clock.callSoon(() => void deliver()));
  return { type: 'certificate-requested', status: 'Accepted' };
}
