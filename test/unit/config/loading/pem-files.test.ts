import { chmodSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../../../src/config/config.js';
import { checkPemFiles } from '../../../../src/config/loading/pem-files.js';
import { makeFolder, TestAuthority } from '../../../fakes/certificates.js';

const { folder, put } = makeFolder();
afterAll(() => rmSync(folder, { recursive: true }));

let pair: { certificateFile: string; keyFile: string };
let authority: { certificateFile: string; keyFile: string };
beforeAll(async () => {
  const ca = await TestAuthority.make('CA');
  const own = await ca.issue([{ CN: ['x'] }], { server: true });
  pair = { certificateFile: put('own.pem', own.cert), keyFile: put('own.key', own.key) };
  authority = { certificateFile: put('ca.pem', ca.issued.cert), keyFile: put('ca.key', ca.issued.key) };
  put('empty.pem', '\n');
  put('text.pem', 'hello');
  const damaged = (label: string): string => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
  put('damaged.crl', damaged('X509 CRL'));
  put('chain.pem', `${own.cert}\n${damaged('CERTIFICATE')}`);
});

type Parts = { tls?: object; ca?: object; mode?: Config['mode'] };
function problems({ tls, ca, mode = 'sandbox' }: Parts): string[] {
  const listen = { ocpp: { ...(tls && { tls }) } };
  return checkPemFiles({ mode, listen, ocpp: { ...(ca && { ca }) } } as unknown as Config);
}
const file = (name: string): string => `${folder}/${name}`;

describe('certificate files', () => {
  it('that fit are no problem', () => {
    expect(problems({ tls: { certificates: [pair], clientCaFile: file('ca.pem') }, ca: authority })).toEqual([]);
  });

  it.each([
    [
      'a key of another certificate',
      () => ({ tls: { certificates: [pair, { ...pair, keyFile: file('ca.key') }] } }),
      /^listen\.ocpp\.tls\.certificates\.1\.keyFile: \S+ca\.key is not the key of the certificate in \S+own\.pem$/,
    ],
    [
      'no such file',
      () => ({ tls: { certificates: [{ ...pair, keyFile: file('gone') }] } }),
      /^listen\.ocpp\.tls\.certificates\.0\.keyFile: \S+gone cannot be read \(ENOENT\)$/,
    ],
    [
      'an empty file',
      () => ({ tls: { certificates: [{ ...pair, certificateFile: file('empty.pem') }] } }),
      /^listen\.ocpp\.tls\.certificates\.0\.certificateFile: \S+empty\.pem is empty$/,
    ],
    [
      'no PEM',
      () => ({ tls: { certificates: [{ ...pair, certificateFile: file('text.pem') }] } }),
      /certificateFile: \S+text\.pem contains no PEM certificate$/,
    ],
    [
      'no key',
      () => ({ tls: { certificates: [{ ...pair, keyFile: file('text.pem') }] } }),
      /keyFile: \S+text\.pem contains no PEM private key/,
    ],
    [
      'an authority that is none',
      () => ({ ca: pair }),
      /^ocpp\.ca\.certificateFile: \S+own\.pem is not a CA certificate/,
    ],
    [
      'client authorities that are none',
      () => ({ tls: { certificates: [pair], clientCaFile: file('text.pem') } }),
      /^listen\.ocpp\.tls\.clientCaFile: \S+text\.pem contains no PEM certificate/,
    ],
    [
      'a list that is none',
      () => ({ tls: { certificates: [pair], clientCaFile: file('ca.pem'), crlFile: file('ca.pem') } }),
      /^listen\.ocpp\.tls\.crlFile: \S+ca\.pem contains no PEM revocation list/,
    ],
    [
      'a damaged revocation list',
      () => ({ tls: { certificates: [pair], clientCaFile: file('ca.pem'), crlFile: file('damaged.crl') } }),
      /^listen\.ocpp\.tls: the listener cannot use these files \(.+\)$/,
    ],
    [
      'a chain with a damaged certificate',
      () => ({ tls: { certificates: [{ ...pair, certificateFile: file('chain.pem') }] } }),
      /^listen\.ocpp\.tls: the listener cannot use these files \(.+\)$/,
    ],
  ])('%s', (_name, parts, expected) => {
    expect(problems(parts())).toEqual([expect.stringMatching(expected)]);
  });

  it('in production no key that everybody can read', () => {
    const parts: Parts = { tls: { certificates: [pair] }, mode: 'production' };
    expect(problems(parts)).toEqual([]);
    chmodSync(pair.keyFile, 0o604);
    expect(problems(parts)).toEqual([expect.stringMatching(/certificates\.0\.keyFile: \S+own\.key has mode 0604/)]);
    chmodSync(pair.keyFile, 0o600);
  });
});
