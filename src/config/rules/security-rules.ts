/** Checks the security settings: security profiles, TLS files and CA of the OCPP edge, and proxies of both edges. */
import { isProxyAddress } from '../trusted-proxy.js';
import type { Rule } from './rule.js';
import type { SecurityProfile } from '../../ports/charger-access.js';
import type { Settings } from '../settings-file.js';

export const SECURITY_RULES: readonly Rule[] = [
  (settings) =>
    requestedProfiles(settings)
      .filter(([, profile]) => profile >= 2 && !settings.listen.ocpp.tls && !isBehindProxy(settings))
      .map(([key, profile]) => `${key}: profile ${profile} needs listen.ocpp.tls, or a proxy in listen.ocpp.proxy`),
  (settings) =>
    requestedProfiles(settings)
      .filter(([, profile]) => profile === 3 && !acceptsClientCertificates(settings))
      .map(
        ([key]) => `${key}: profile 3 needs listen.ocpp.tls.clientCaFile, or a certificateHeader of listen.ocpp.proxy`,
      ),
  ({ listen: { ocpp } }) =>
    ocpp.tls && ocpp.tls.certificates === undefined
      ? 'listen.ocpp.tls.certificates: is missing; a TLS listener has at least one pair'
      : undefined,
  ({ listen: { ocpp } }) =>
    ocpp.tls?.crlFile !== undefined && ocpp.tls.clientCaFile === undefined
      ? 'listen.ocpp.tls.crlFile: is given without clientCaFile; no client certificate is requested'
      : undefined,
  ({ listen }) =>
    (['beckn', 'ocpp'] as const).flatMap((listener) =>
      (listen[listener].proxy?.addresses ?? [])
        .filter((address) => !isProxyAddress(address))
        .map((address) => `listen.${listener}.proxy.addresses: "${address}" is neither an IP address nor a network`),
    ),
  ({ ocpp: { ca } }) =>
    ca && (ca.certificateFile === undefined || ca.keyFile === undefined)
      ? 'ocpp.ca: needs certificateFile and keyFile; they sign together'
      : undefined,
];

function requestedProfiles({ ocpp }: Settings): readonly (readonly [string, SecurityProfile])[] {
  return [
    ['ocpp.defaultProfile', ocpp.defaultProfile],
    ...Object.entries(ocpp.chargePoints).flatMap(([id, { profile }]) =>
      profile === undefined ? [] : [[`ocpp.chargePoints.${id}.profile`, profile] as const],
    ),
  ];
}

function isBehindProxy({ listen: { ocpp } }: Settings): boolean {
  return (ocpp.proxy?.addresses?.length ?? 0) > 0;
}

function acceptsClientCertificates(settings: Settings): boolean {
  const { tls, proxy } = settings.listen.ocpp;
  return tls?.clientCaFile !== undefined || (isBehindProxy(settings) && proxy?.certificateHeader !== undefined);
}
