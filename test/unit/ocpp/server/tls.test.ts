/** Renewed certificates are served without a restart, and a renewal that fails does not hide how long they last. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server, TlsOptions } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CertificateExpiry } from '../../../../src/ocpp/server/certificate-expiry.js';
import { type CertificateReload, loadTls, reloadCertificates } from '../../../../src/ocpp/server/tls.js';
import { TestAuthority } from '../../../fakes/certificates.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const DAY = 86_400_000;
let folder: string;
let certificateFile: string;
let keyFile: string;
let reload: CertificateReload | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  certificateFile = join(folder, 'cert.pem');
  keyFile = join(folder, 'key.pem');
});
afterEach(() => {
  reload?.stop();
  rmSync(folder, { recursive: true });
});

async function write(days: number): Promise<void> {
  const { cert, key } = await (await TestAuthority.make('Root')).issue([{ CN: ['a'] }], { days, server: true });
  writeFileSync(certificateFile, cert);
  writeFileSync(keyFile, key);
}

async function served(days: number) {
  await write(days);
  const clock = createManualClock(Date.now());
  const events = createEventLog();
  const settings = { certificates: [{ certificateFile, keyFile }] };
  const files = loadTls(settings);
  const contexts: TlsOptions[] = [];
  const server = { setSecureContext: (options: TlsOptions) => void contexts.push(options) } as unknown as Server;
  const expiry = new CertificateExpiry({ clock, events, warnDays: 7 });
  expiry.check(files.cert);
  // Only `later` reads the files, because four days of one reading a minute take seconds.
  reload = reloadCertificates(server, settings, files, {
    clock: { ...clock, callLater: () => () => undefined },
    events,
    expiry,
  });
  const later = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    reload?.now();
  };
  return { clock, events, expiry, later, contexts };
}

it('a renewal that cannot be read is told once a day, and the certificate in use is still warned of', async () => {
  const { clock, events, expiry, later } = await served(9);
  writeFileSync(keyFile, '');
  await later(60_000);
  expect(events.of('tls.failed')).toMatchObject([{ problem: expect.stringContaining('is empty') as unknown }]);
  expect(events.of('tls.expiring')).toEqual([]);
  for (let hour = 0; hour < 96; hour++) await later(DAY / 24);
  expect(events.of('tls.expiring').map(({ days }) => days)).toEqual([6, 5, 4]);
  expect(events.of('tls.failed')).toHaveLength(5);
  expect(((expiry.endsAt ?? 0) - clock.now()) / DAY).toBeCloseTo(5, 1);
});

it('a renewal that fits ends both', async () => {
  const { events, later, contexts } = await served(5);
  writeFileSync(keyFile, '');
  await later(60_000);
  await write(90);
  await later(60_000);
  expect(events.of('tls.renewed')).toEqual([{ certificates: 1 }]);
  expect(contexts).toHaveLength(1);
  for (let hour = 0; hour < 48; hour++) await later(DAY / 24);
  expect(events.of('tls.expiring')).toHaveLength(1);
  expect(events.of('tls.failed')).toHaveLength(1);
});
