/** Who may connect, put in the operator's hands: refused identities made known, passwords changed over OCPP. */
import type { Adoption, ChargerAccess, Knock, PasswordChange } from '../../ports/charger-access.js';
import { PASSWORD_KEY, type ChargerCalls, type CommandAnswer } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Random } from '../../ports/runtime.js';
import type { SecurityProfile } from '../../config/config.js';
import type { Knocks } from './rejected-connections.js';
import type { Offer, Passwords } from '../auth/passwords.js';

export interface AccessDeps {
  readonly knocks: Knocks;
  readonly passwords: Passwords;
  readonly calls: ChargerCalls;
  readonly random: Pick<Random, 'base32'>;
  readonly events: Events;
  /** Charge points that may connect: sold, or adopted. */
  readonly known: {
    has(id: string): boolean;
    adopt(id: string, profile: SecurityProfile): Promise<void>;
  };
  readonly defaultProfile: SecurityProfile;
  /** Profiles that this installation can serve: 0 on a desk alone, 2 and 3 with TLS. */
  readonly mayServe: (profile: SecurityProfile) => boolean;
}

/** Printable ASCII: what every charger's configuration takes. @source OCPP 2.0.1 part 2, BasicAuthPassword */
const FIT = /^[\x20-\x7e]{16,40}$/;
/** 160 bits. */
const KEY_CHARACTERS = 32;

export function createChargerAccess(deps: AccessDeps): ChargerAccess {
  const { knocks, passwords, calls, random, events, known } = deps;

  async function adopt(id: string, wish: { readonly profile?: SecurityProfile }): Promise<Adoption> {
    if (known.has(id)) return { refused: 'known-already' };
    if (!knocks.has(id)) return { refused: 'no-such-knock' };
    const profile = wish.profile ?? (deps.defaultProfile === 0 ? 1 : deps.defaultProfile);
    if (!deps.mayServe(profile)) return { refused: 'profile-not-allowed' };
    const password = profile === 1 || profile === 2 ? newKey(random) : undefined;
    if (password !== undefined) await (await passwords.offer(id, password)).taken();
    // Last: known without its password it could not come in, and could not be adopted again.
    await known.adopt(id, profile);
    knocks.forget(id);
    events.emit('charger.adopted', { chargePointId: id, profile });
    return { id, profile, ...(password !== undefined && { password }) };
  }

  async function changePassword(
    id: string,
    { password, byHand = false }: { readonly password?: string; readonly byHand?: boolean },
  ): Promise<PasswordChange> {
    if (!known.has(id)) return { refused: 'unknown-charge-point' };
    if (password !== undefined && !FIT.test(password)) return { refused: 'password-unfit' };
    if (!byHand && !calls.online(id)) return { refused: 'not-connected' };
    const may = passwords.mayOffer(id);
    if (may !== 'yes') return { refused: may };
    const wanted = password ?? newKey(random);
    const first = !passwords.has(id);
    const offer = await passwords.offer(id, wanted);
    if (byHand) {
      await (first ? offer.taken() : offer.open('new'));
      return told(id, first ? 'in-force' : 'until-new-is-used', password ? undefined : wanted);
    }
    const answer = await calls.call(
      id,
      { type: 'change-configuration', key: PASSWORD_KEY, value: wanted },
      { late: (late) => void settle(offer, late).then((result) => told(id, result)) },
    );
    const result = await settle(offer, answer);
    if (answer.kind === 'not-sent')
      return { refused: answer.reason === 'unsupported' ? 'version-cannot' : 'not-connected' };
    return told(id, result, password === undefined && result !== 'kept' ? wanted : undefined, wordOf(answer));
  }

  function told(
    id: string,
    result: Extract<PasswordChange, { result: string }>['result'],
    password?: string,
    answer?: string,
  ): PasswordChange {
    events.emit('charger.password-changed', { chargePointId: id, result, answer });
    return { result, ...(password !== undefined && { password }), ...(answer !== undefined && { answer }) };
  }

  return { knocks: (): readonly Knock[] => knocks.list(), adopt, changePassword };
}

/**
 * What the charger's answer makes of the two passwords.
 * @source OCPP 1.6 security whitepaper and OCPP 2.0.1, use case A01: accepted, it comes back with the new one
 */
async function settle(
  offer: Offer,
  answer: CommandAnswer,
): Promise<'in-force' | 'kept' | 'both' | 'until-new-is-used'> {
  if (answer.kind === 'unknown') {
    await offer.open('either');
    return 'both';
  }
  if (answer.kind === 'answered' && answer.status === 'Accepted') {
    await offer.taken();
    return 'in-force';
  }
  if (answer.kind === 'answered' && answer.status === 'RebootRequired') {
    await offer.open('new');
    return 'until-new-is-used';
  }
  await offer.refused();
  return 'kept';
}

function wordOf(answer: CommandAnswer): string | undefined {
  if (answer.kind === 'answered') return answer.status;
  return answer.kind === 'error' ? answer.code : answer.reason;
}

/** 40 hexadecimal digits: 1.6 takes them as 20 bytes, 2.x as the longest password text. */
function newKey(random: Pick<Random, 'base32'>): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = 0n;
  for (const character of random.base32(KEY_CHARACTERS)) bits = (bits << 5n) | BigInt(alphabet.indexOf(character));
  return bits.toString(16).padStart(40, '0');
}
