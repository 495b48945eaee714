/** Who may connect, and how it proves itself: the profile of the settings, else that of its adoption, and its password. */
import type { Adopted } from '../bridge/charge-points/approved.js';
import type { ChargerAccess } from '../ports/charger-access.js';
import type { Events } from '../ports/events.js';
import type { Random } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import type { Composition } from './compose.js';
import type { Config, Secrets, SecurityProfile } from '../config/config.js';
import { createChargerAccess } from '../ocpp/server/access-control.js';
import type { Credentials } from '../ocpp/auth/basic-auth.js';
import { Knocks } from '../ocpp/server/rejected-connections.js';
import { Passwords } from '../ocpp/auth/passwords.js';

export interface ChargerDoor {
  readonly knocks: Knocks;
  readonly credentials: Credentials;
  readonly access: ChargerAccess;
  /** Reads the kept passwords; the store is up by then. */
  start(): Promise<void>;
}

export function chargerDoor(
  config: Config,
  secrets: Secrets,
  { bridge, sockets }: Pick<Composition, 'bridge' | 'sockets'>,
  { store, random, events }: { readonly store: Store; readonly random: Random; readonly events: Events },
): ChargerDoor {
  const knocks = new Knocks();
  const passwords = new Passwords({ values: store, random, events, configured: secrets.chargePointPasswords });
  const known = {
    has: (id: string) => bridge.chargers.knows(id),
    adopt: (id: string, profile: SecurityProfile) => bridge.adopted.add(id, profile),
  };
  const { defaultProfile } = config.ocpp;
  const tools = { knocks, passwords, calls: sockets, random, events };
  return {
    knocks,
    credentials: chargerCredentials(config, bridge.adopted, passwords),
    access: createChargerAccess({ ...tools, known, defaultProfile, mayServe: mayServe(config) }),
    start: () => passwords.start(),
  };
}

function chargerCredentials(config: Config, adopted: Adopted, passwords: Passwords): Credentials {
  return (chargePointId) => {
    const profile = profileOf(config, adopted, chargePointId);
    if (profile === 0 || profile === 3) return { profile };
    return { profile, verify: (password) => passwords.verify(chargePointId, password) };
  };
}

function profileOf({ ocpp }: Config, adopted: Adopted, id: string): SecurityProfile {
  const own = Object.hasOwn(ocpp.chargePoints, id) ? ocpp.chargePoints[id]?.profile : undefined;
  return own ?? adopted.profile(id) ?? ocpp.defaultProfile;
}

/** 0 on a desk alone; 2 and 3 where TLS is ended here or in front of us. */
function mayServe({ mode, listen: { ocpp } }: Config): (profile: SecurityProfile) => boolean {
  const proxied = (ocpp.proxy?.addresses?.length ?? 0) > 0;
  return (profile) => {
    if (profile === 0) return mode === 'sandbox';
    if (profile === 1) return true;
    if (profile === 2) return ocpp.tls !== undefined || proxied;
    return ocpp.tls?.clientCaFile !== undefined || (proxied && ocpp.proxy?.certificateHeader !== undefined);
  };
}
