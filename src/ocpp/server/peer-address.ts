/** Determines a request's origin (address, TLS, client certificate), even behind a proxy that terminates TLS. */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { ProxySettings } from '../../config/config.js';
import { clientAddressOf, splitHeader, type TrustedProxyCheck } from '../../config/trusted-proxy.js';
import { readClientCertificate, type ClientCertificate } from '../auth/client-certificate.js';

export interface PeerAddress {
  /** The charger's address; the proxy's address if its headers contain none. */
  readonly address: string;
  readonly isTls: boolean;
  readonly certificate?: ClientCertificate;
}

/**
 * Reads the origin of a request. Forwarding headers count only on a connection from a trusted proxy.
 * @shape  In a list of addresses, the last one that is not a trusted proxy's counts.
 * @source RFC 9440 for the certificate; `X-Forwarded-For` and `X-Forwarded-Proto` as proxies commonly set them
 */
export function peerAddressOf(
  request: IncomingMessage,
  { certificateHeader }: ProxySettings,
  isTrustedProxy: TrustedProxyCheck,
  now: number,
): PeerAddress {
  const { socket, headers } = request;
  const directAddress = socket.remoteAddress ?? '';
  if (!isTrustedProxy(directAddress)) {
    const certificate = socket instanceof TLSSocket ? tlsCertificate(socket) : undefined;
    return { address: directAddress, isTls: socket instanceof TLSSocket, ...(certificate && { certificate }) };
  }
  const forwarded = certificateHeader === undefined ? undefined : headers[certificateHeader.toLowerCase()];
  const certificate = typeof forwarded === 'string' ? forwardedCertificate(forwarded, now) : undefined;
  return {
    address: clientAddressOf(directAddress, headers['x-forwarded-for'], isTrustedProxy),
    isTls: /^(https|wss)$/i.test(splitHeader(headers['x-forwarded-proto']).at(-1) ?? ''),
    ...(certificate && { certificate }),
  };
}

function tlsCertificate(socket: TLSSocket): ClientCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return undefined;
  return readClientCertificate(certificate, socket.authorized ? undefined : String(socket.authorizationError));
}

/**
 * Reads a forwarded certificate.
 * @shape URL-encoded PEM, or the structured field of RFC 9440: base64 of the DER between colons.
 */
function forwardedCertificate(header: string, now: number): ClientCertificate | undefined {
  if (header === '') return undefined;
  try {
    const der = /^:([A-Za-z0-9+/=]+):$/.exec(header)?.[1];
    const certificate = new X509Certificate(
      der === undefined ? decodeURIComponent(header) : Buffer.from(der, 'base64'),
    );
    const isValid = Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
    return readClientCertificate(certificate, isValid ? undefined : 'outside its validity');
  } catch {
    return { problem: 'unreadable' };
  }
}
