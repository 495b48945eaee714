/** Lists what can be wrong with an installation. `doctor` and `/health/ready` share this table. */

type Severity = 'error' | 'warning';

interface FindingKind {
  readonly severity: Severity;
  /** What is wrong, in one sentence. */
  readonly title: string;
  /** What to do about it, in one sentence. */
  readonly remedy: string;
}

const error = (title: string, remedy: string): FindingKind => ({ severity: 'error', title, remedy });
const warning = (title: string, remedy: string): FindingKind => ({ severity: 'warning', title, remedy });

export const FINDINGS = {
  'shutting-down': error('The process is shutting down.', 'Wait for its end, then start it again.'),
  mute: error(
    'The bridge is mute: its store may be a copy or out of date.',
    'Use the original, or start with --accept-store.',
  ),
  'store-read-only': error('The store does not accept writes.', 'Look for free space, its permissions and its server.'),
  'disk-full': error(
    'The disk is full: running sessions go on, and new orders are refused.',
    'Free space on the disk of store.path and of dataDir.',
  ),
  'frames-kept': error(
    'Messages of chargers wait in the frame journal for the store.',
    'Bring the store back; they are read in their order then.',
  ),
  'registry-unavailable': error('The registry of a network does not answer.', 'Check registry.url and the way there.'),
  'settings-wrong': error('A setting is wrong, or contradicts another.', 'Correct the setting that is named.'),
  'network-file-wrong': error('What is for sale cannot be read.', 'Correct the file at the place that is named.'),
  'validators-missing': error('Generated validators are missing.', 'Install the program again, or run npm run build.'),
  'key-unusable': error('A private key cannot be read.', 'Put the key there, or generate one with: keys generate'),
  'key-not-registered': error('The registry does not know a key of ours.', 'Register it with: subscribe'),
  'record-unusable': error(
    'The registry has a record of ours that cannot be used.',
    'Correct the part that is named at the registry; buyer apps may refuse our messages.',
  ),
  'key-differs': error(
    'The registry has another public key than ours.',
    'Register the key that keys show prints, or restore the private key that belongs to the record.',
  ),
  'not-subscribed': error('The registry has us, but not as subscribed.', 'Finish the subscription at the registry.'),
  'registered-address-differs': error(
    'The registry has another address than subscriber.uri.',
    'Buyer apps send to the registered one: correct it there, or in the settings.',
  ),
  'key-expires': warning('A key ends soon, and no other follows it.', 'Prepare the next one with: keys rotate'),
  'address-unreachable': error(
    'Our public address does not lead to this bridge.',
    'Check subscriber.uri, DNS, the proxy and the firewall.',
  ),
  'clock-off': error(
    'The clock of this machine is wrong.',
    'Turn on time synchronisation, such as chrony or timesyncd.',
  ),
  'certificate-untrusted': error(
    'A certificate is not trusted, or its chain is incomplete.',
    'Serve a certificate of an authority that the others know, with its intermediate ones.',
  ),
  'certificate-name': error(
    'The certificate of our public address is for another name.',
    'Get one for the host of subscriber.uri, or correct that setting.',
  ),
  'certificate-expired': error('A certificate has ended.', 'Renew it now: whoever checks it no longer connects.'),
  'certificate-not-yet-valid': error(
    'A certificate is not valid yet.',
    'Serve the one before it until then; if it should be valid, correct the clock of this machine.',
  ),
  'certificate-expires': warning('A certificate ends soon.', 'Renew it.'),
  'certificate-self-signed': warning(
    'The certificate for chargers is signed by itself.',
    'Install it on every charger as an authority, or serve one of an authority that they know.',
  ),
  'charger-host-differs': warning(
    'The certificate for chargers is not for the host that they are told.',
    'Give passwords the right address with --ocpp-url, or get a certificate for that host.',
  ),
  'authority-expired': error(
    'An authority for the certificates of chargers has ended.',
    'Renew it, and give chargers new certificates: those that it signed are refused.',
  ),
  'revocation-list-expired': error(
    'A list of revoked certificates has ended.',
    'Get the next list of its authority: until then every charger with a certificate of it is refused.',
  ),
  'revocation-list-expires': warning(
    'A list of revoked certificates ends soon.',
    'Get the next list of its authority, and reload.',
  ),
  'callbacks-failing': warning(
    'Callbacks to a buyer app fail again and again.',
    'Ask the buyer app; its address in the registry must answer.',
  ),
  'charger-unknown': warning(
    'A charger connects under an identity that is not known.',
    'Correct the id at the end of its URL, or let it in with: rejected-connections approve',
  ),
  'charger-password': warning('A charger connects without the right password.', 'Set one at it; see: passwords'),
  'charger-subprotocol': warning(
    'A charger offers no OCPP version that is served.',
    'Set it to ocpp1.6, ocpp2.0.1 or ocpp2.1 in its subprotocol.',
  ),
  'charger-tls': warning('A charger that needs TLS connects without it.', 'Give it a URL that begins with wss.'),
  'charger-rejected': warning('A charger is turned away.', 'Look at: rejected-connections list'),
  'power-above-rating': error(
    'A connector delivers more than its maxPowerW.',
    'Correct maxPowerW: where a charger falls silent, it bounds what may have been delivered.',
  ),
  'disk-low': error('The disk of the data folder is almost full.', 'Free space, or move dataDir.'),
  'disk-full-soon': warning('The disk of the data folder will soon be full.', 'Make room, or move dataDir.'),
} as const satisfies { readonly [code: string]: FindingKind };

export type FindingCode = keyof typeof FINDINGS;

export interface Finding extends FindingKind {
  readonly code: FindingCode;
  /** What exactly was found, in one sentence. */
  readonly message: string;
}

/** @param remedy Replaces the default remedy of the code. */
export function finding(code: FindingCode, message: string, remedy?: string): Finding {
  const kind: FindingKind = FINDINGS[code];
  return { code, ...kind, message, ...(remedy !== undefined && { remedy }) };
}
