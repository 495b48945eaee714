/** How each configured charger has to prove itself: passwords leave the settings only as salted hashes. */
import type { Random } from './bridge/ports/runtime.js';
import type { Config, Secrets } from './config/config.js';
import { type Credential, type Credentials, passwordVerifier, protectPassword } from './ocpp/basic-auth.js';

/** Nobody knows this charger's password: it cannot come in until one is configured. */
const LOCKED: Credential = { profile: 1, verify: () => false };

export function chargerCredentials(config: Config, secrets: Secrets, random: Random): Credentials {
  const salt = random.base32(16);
  const known = new Map<string, Credential>();
  for (const [id, password] of secrets.chargePointPasswords) {
    known.set(id, { profile: 1, verify: passwordVerifier(protectPassword(password, salt)) });
  }
  return (chargePointId) => {
    const profile = config.ocpp.chargePoints[chargePointId]?.profile ?? config.ocpp.defaultProfile;
    return profile === 0 ? { profile: 0 } : (known.get(chargePointId) ?? LOCKED);
  };
}
