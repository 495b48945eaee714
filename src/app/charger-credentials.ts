/**
 * Determines how each charge point authenticates: its security profile (from the settings, the operator's approval or
 * the default) and its password.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApprovedChargePoints } from '../bridge/charge-points/approved.js';
import type { ChargerAccess, SecurityProfile } from '../ports/charger-access.js';
import type { Events } from '../ports/events.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import type { Composition } from './compose.js';
import type { Config, Secrets } from '../config/config.js';
import { AccessControl } from '../ocpp/server/access-control.js';
import type { CredentialLookup } from '../ocpp/auth/basic-auth.js';
import { IdentityAliases } from '../ocpp/server/identity-aliases.js';
import { RejectedConnections } from '../ocpp/server/rejected-connections.js';
import { RejectionStorage } from '../ocpp/server/rejection-storage.js';
import type { OcppServerOptions } from '../ocpp/server/server.js';
import { Passwords } from '../ocpp/auth/passwords.js';

export interface ChargerCredentials {
  /** The part of the server's options that the handshake needs. */
  readonly handshake: Required<
    Pick<OcppServerOptions, 'rejectedConnections' | 'credentialOf' | 'chargePointOfAlias' | 'isAnySecured'>
  >;
  readonly access: ChargerAccess;
  /** Loads the stored passwords, identity aliases and rejected connections. The store must be running. */
  start(): Promise<void>;
  /** Replaces the passwords from the settings; see `Passwords.configure`. */
  readonly configurePasswords: Passwords['configure'];
  /** Saves the rejected connections that have not been saved yet. */
  readonly stop: () => Promise<void>;
}

export function createChargerCredentials(
  config: Config,
  secrets: Secrets,
  { bridge, connections, trials }: Pick<Composition, 'bridge' | 'connections' | 'trials'>,
  {
    store,
    random,
    events,
    clock,
  }: { readonly store: Store; readonly random: Random; readonly events: Events; readonly clock: Clock },
): ChargerCredentials {
  const rejectedConnections = new RejectedConnections();
  const rejectionStorage = new RejectionStorage({ rejectedConnections, values: store, clock, events });
  const identityAliases = new IdentityAliases({ values: store, clock });
  const passwords = new Passwords({ values: store, random, events, configured: secrets.chargePointPasswords });
  const knownChargePoints = {
    has: (id: string) => bridge.chargerEvents.isKnown(id),
    approve: (id: string, profile: SecurityProfile) => bridge.approvedChargePoints.add(id, profile),
  };
  const { defaultProfile } = config.ocpp;
  const deps = { rejectedConnections, passwords, commandSender: connections, random, events };
  return {
    handshake: {
      rejectedConnections,
      credentialOf: credentialsLookup({ config, approved: bridge.approvedChargePoints, passwords, trials }),
      isAnySecured: () => isAnySecured(config, bridge.approvedChargePoints),
      chargePointOfAlias: (spelling) => identityAliases.chargePointOf(spelling),
    },
    access: new AccessControl({
      ...deps,
      identityAliases,
      disconnect: (chargePointId, reason) => connections.disconnect(chargePointId, reason),
      knownChargePoints,
      defaultProfile,
      canServeProfile: servableProfiles(config),
    }),
    async start() {
      await passwords.load();
      await identityAliases.load();
      await rejectionStorage.start();
    },
    configurePasswords: (configured) => passwords.configure(configured),
    stop: () => rejectionStorage.stop(),
  };
}

function credentialsLookup({
  config,
  approved,
  passwords,
  trials,
}: {
  readonly config: Config;
  readonly approved: ApprovedChargePoints;
  readonly passwords: Passwords;
  readonly trials: Pick<Composition['trials'], 'passwordOf'>;
}): CredentialLookup {
  return (chargePointId) => {
    const ofTrial = trials.passwordOf(chargePointId);
    if (ofTrial !== undefined)
      return { profile: 1, verify: (password) => timingSafeEqual(digestOf(password), digestOf(ofTrial)) };
    const profile = securityProfileOf(config, approved, chargePointId);
    if (profile === 0 || profile === 3) return { profile };
    return { profile, verify: (password) => passwords.verify(chargePointId, password) };
  };
}

const digestOf = (password: string | Uint8Array): Buffer => createHash('sha256').update(password).digest();

function securityProfileOf(
  { ocpp }: Pick<Config, 'ocpp'>,
  approved: ApprovedChargePoints,
  id: string,
): SecurityProfile {
  const own = Object.hasOwn(ocpp.chargePoints, id) ? ocpp.chargePoints[id]?.profile : undefined;
  return own ?? approved.profileOf(id) ?? ocpp.defaultProfile;
}

/** Checks whether a charge point with a profile above 0 is configured or approved. */
export function isAnySecured(config: Pick<Config, 'ocpp'>, approved: ApprovedChargePoints): boolean {
  const ids = [...Object.keys(config.ocpp.chargePoints), ...approved.ids()];
  return ids.some((id) => securityProfileOf(config, approved, id) !== 0);
}

/**
 * Returns a check for whether a profile can be served: 0 in sandbox mode; 1 always; 2 with TLS, here or at a trusted
 * proxy; 3 if client certificates are also checked there.
 */
function servableProfiles({ mode, listen: { ocpp } }: Config): (profile: SecurityProfile) => boolean {
  const proxied = (ocpp.proxy?.addresses?.length ?? 0) > 0;
  return (profile) => {
    if (profile === 0) return mode === 'sandbox';
    if (profile === 1) return true;
    if (profile === 2) return ocpp.tls !== undefined || proxied;
    return ocpp.tls?.clientCaFile !== undefined || (proxied && ocpp.proxy?.certificateHeader !== undefined);
  };
}
