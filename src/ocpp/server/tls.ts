/** TLS as the security profiles want it, and certificates that are renewed while chargers are connected. */
import { constants } from 'node:crypto';
import type { Server, TlsOptions } from 'node:tls';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import type { TlsSettings } from '../../config/config.js';
import { readTlsFiles, type TlsFiles } from '../../config/loading/pem-files.js';

/** How often the files are looked at, ms. */
const RELOAD_INTERVAL_MS = 60_000;

/**
 * TLS 1.3; for 1.2 the four suites that a server must have, and their forward-secret RSA kin before the plain ones.
 * @source OCPP 1.6 security whitepaper and OCPP 2.0.1: A00.FR.313, .318, .421
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
].join(':');

/** @errors With every problem, when a file cannot be used. */
export function loadTls(settings: TlsSettings): TlsFiles {
  const problems: string[] = [];
  const files = readTlsFiles(settings, problems);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return files;
}

export function tlsOptions({ cert, key, ca, crl }: TlsFiles): TlsOptions {
  return {
    cert: [...cert],
    key: [...key],
    ...(ca !== undefined && { ca }),
    ...(crl !== undefined && { crl }),
    ciphers: CIPHERS,
    honorCipherOrder: true,
    minVersion: 'TLSv1.2',
    // A resumed session would carry a client certificate past its end or revocation.
    ...(ca !== undefined && { secureOptions: constants.SSL_OP_NO_TICKET }),
    requestCert: ca !== undefined,
    // Profiles 2 and 3 share a port: whether a certificate is needed, and good, is decided per charge point.
    rejectUnauthorized: false,
  };
}

/**
 * Serves what the files hold as soon as they hold something else; what cannot be used is told, and the old stays.
 * Open sockets are not touched.
 */
export function reloadCertificates(
  server: Server,
  settings: TlsSettings,
  initial: TlsFiles,
  { clock, events }: { readonly clock: Clock; readonly events: Events },
): Cancel {
  let served = JSON.stringify(initial);
  let told = '';
  const look = (): void => {
    try {
      const files = loadTls(settings);
      const text = JSON.stringify(files);
      if (text !== served) {
        server.setSecureContext(tlsOptions(files));
        served = text;
        events.emit('tls.renewed', { certificates: files.cert.length });
      }
      told = '';
    } catch (fault) {
      const problem = fault instanceof Error ? fault.message : String(fault);
      if (problem !== told) events.emit('tls.failed', { problem });
      told = problem;
    }
    next = clock.callLater(RELOAD_INTERVAL_MS, look);
  };
  let next = clock.callLater(RELOAD_INTERVAL_MS, look);
  return () => next();
}
