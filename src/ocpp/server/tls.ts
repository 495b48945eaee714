/** Configures TLS as the security profiles require, and serves renewed certificates without a restart. */
import { constants } from 'node:crypto';
import type { Server, TlsOptions } from 'node:tls';
import type { TlsSettings } from '../../config/config.js';
import { readTlsFiles, type TlsFiles } from '../../config/loading/pem-files.js';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import type { CertificateExpiry } from './certificate-expiry.js';

/** How often the certificate files are read, ms. */
const RELOAD_INTERVAL_MS = 60_000;
/** How often a problem that lasts is reported, ms. */
const REPORT_INTERVAL_MS = 86_400_000;

/**
 * The suites of TLS 1.3; for TLS 1.2, the four suites that a server must support, and ECDHE-RSA, which takes precedence
 * over the RSA suites without forward secrecy.
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

/** Reads the certificate files. @errors Throws if a file cannot be used; the message lists every problem. */
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
    // A resumed session would accept a client certificate after its expiry or revocation.
    ...(ca !== undefined && { secureOptions: constants.SSL_OP_NO_TICKET }),
    requestCert: ca !== undefined,
    // Profiles 2 and 3 share a port, so the need for a valid certificate is decided per charge point.
    rejectUnauthorized: false,
  };
}

interface ReloadDeps {
  readonly clock: Clock;
  readonly events: Events;
  /** Receives the served certificates after each attempt to read the files, whether it succeeds or not. */
  readonly expiry?: Pick<CertificateExpiry, 'check'>;
}

export interface CertificateReload {
  /** Reads the files at once. */
  readonly now: () => void;
  readonly stop: Cancel;
}

/**
 * Reads the files regularly and serves changed ones. If a file cannot be used, the previous files stay in use, and the
 * problem is reported: a new one at once, a lasting one again once a day. Open sockets are not affected.
 */
export function reloadCertificates(
  server: Server,
  settings: TlsSettings,
  initial: TlsFiles,
  { clock, events, expiry }: ReloadDeps,
): CertificateReload {
  let served = initial;
  let reported = { problem: '', at: 0 };
  const reload = (): void => {
    try {
      const files = loadTls(settings);
      if (JSON.stringify(files) !== JSON.stringify(served)) {
        server.setSecureContext(tlsOptions(files));
        served = files;
        events.emit('tls.renewed', { certificates: files.cert.length });
      }
      reported = { problem: '', at: 0 };
    } catch (fault) {
      const problem = fault instanceof Error ? fault.message : String(fault);
      if (problem !== reported.problem || clock.now() - reported.at >= REPORT_INTERVAL_MS) {
        events.emit('tls.failed', { problem });
        reported = { problem, at: clock.now() };
      }
    }
    expiry?.check(served.cert);
  };
  const repeat = (): void => {
    reload();
    cancel = clock.callLater(RELOAD_INTERVAL_MS, repeat);
  };
  let cancel = clock.callLater(RELOAD_INTERVAL_MS, repeat);
  return { now: reload, stop: () => cancel() };
}
