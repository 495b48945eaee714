/** Explains why a connection was refused and how to fix that. */
import type { RejectionCode } from '../../ports/charger-access.js';

interface RejectionReason {
  /** A few words, which are also the label of the event. */
  readonly reason: string;
  /** How to fix it, in one or two sentences. */
  readonly cure: string;
}

export const REJECTION_REASONS: { readonly [C in RejectionCode]: RejectionReason } = {
  'unknown-identity': {
    reason: 'unknown identity',
    cure: 'Approve it, or correct the identity at the end of the URL at the charger.',
  },
  'wrong-path': {
    reason: 'no identity in the path',
    cure: 'Set the URL at the charger to the base path and its identity, or add the path before the identity to ocpp.aliases.',
  },
  'no-password': {
    reason: 'no password',
    cure: 'Set a password at the charger (AuthorizationKey, or BasicAuthPassword); POST /api/charge-points/<id>/password with "byHand": true makes one.',
  },
  'wrong-password': {
    reason: 'wrong password',
    cure: 'Set the right password at the charger; POST /api/charge-points/<id>/password with "byHand": true makes another one.',
  },
  'user-not-identity': {
    reason: 'user name is not the identity',
    cure: 'Set the Basic user name at the charger to the identity at the end of its URL.',
  },
  'tls-required': {
    reason: 'its profile requires TLS',
    cure: 'Give the charger a URL that begins with wss:// and has the TLS port, or lower its profile in ocpp.chargePoints.',
  },
  'no-certificate': {
    reason: 'no client certificate',
    cure: 'Install a client certificate at the charger, or lower its profile in ocpp.chargePoints.',
  },
  'certificate-not-trusted': {
    reason: 'client certificate not trusted',
    cure: 'Add its authority to listen.ocpp.tls.clientCaFile, or install a certificate that is valid now and not revoked.',
  },
  'certificate-name': {
    reason: 'common name is not the identity',
    cure: 'Install a certificate whose common name is the identity at the end of its URL.',
  },
  'certificate-organisation': {
    reason: 'certificate of another operator',
    cure: 'Install a certificate with your name as its organisation (O), or correct ocpp.organisation.',
  },
  'too-many-failures': {
    reason: 'too many failures',
    cure: 'Cure the failures before it; it is heard again a minute after them.',
  },
  'no-websocket': {
    reason: 'no WebSocket handshake',
    cure: 'Correct the Sec-WebSocket headers of the charger, or of a proxy before this port: version 13, a key of 16 bytes, each subprotocol once.',
  },
  'no-common-subprotocol': {
    reason: 'no common subprotocol',
    cure: 'Set the charger to ocpp1.6, ocpp2.0.1 or ocpp2.1; for one that offers none, set its dialect to auto in ocpp.chargePoints.',
  },
  'tls-on-plain-port': {
    reason: 'TLS on the plain port',
    cure: 'Give the charger a URL that begins with ws://, or the port of listen.ocpp.tls.',
  },
  'plain-on-tls-port': {
    reason: 'no TLS on the TLS port',
    cure: 'Give the charger a URL that begins with wss://, or the plain port.',
  },
  'tls-handshake-failed': {
    reason: 'no TLS handshake',
    cure: 'Let the charger trust the authority of the server certificate, and check its clock, the host name in its URL and its TLS version (1.2 at least).',
  },
};

export function isRejectionCode(code: unknown): code is RejectionCode {
  return typeof code === 'string' && Object.hasOwn(REJECTION_REASONS, code);
}
