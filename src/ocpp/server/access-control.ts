/** Who may connect, put in the operator's hands: refused identities made known, passwords changed over OCPP. */
import type {
  ApprovalResult,
  ChargerAccess,
  RejectedConnection,
  PasswordChangeResult,
  SecurityProfile,
} from '../../ports/charger-access.js';
import { PASSWORD_KEY, type ChargerCommandSender, type CommandResult } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Random } from '../../ports/runtime.js';
import type { RejectedConnections } from './rejected-connections.js';
import type { PasswordOffer, Passwords } from '../auth/passwords.js';

export interface ChargerAccessDeps {
  readonly rejectedConnections: RejectedConnections;
  readonly passwords: Passwords;
  readonly commandSender: ChargerCommandSender;
  readonly random: Pick<Random, 'base32'>;
  readonly events: Events;
  /** Charge points that may connect: sold, or adopted. */
  readonly knownChargePoints: {
    has(id: string): boolean;
    approve(id: string, profile: SecurityProfile): Promise<void>;
  };
  readonly defaultProfile: SecurityProfile;
  /** Profiles that this installation can serve: 0 on a desk alone, 2 and 3 with TLS. */
  readonly canServeProfile: (profile: SecurityProfile) => boolean;
}

/** Printable ASCII: what every charger's configuration takes. @source OCPP 2.0.1 part 2, BasicAuthPassword */
const VALID_PASSWORD = /^[\x20-\x7e]{16,40}$/;
/** 160 bits. */
const KEY_CHARACTERS = 32;

export function createChargerAccess(deps: ChargerAccessDeps): ChargerAccess {
  const {
    rejectedConnections: knocks,
    passwords,
    commandSender: calls,
    random,
    events,
    knownChargePoints: known,
  } = deps;

  async function adopt(id: string, wish: { readonly profile?: SecurityProfile }): Promise<ApprovalResult> {
    if (known.has(id)) return { refused: 'already-known' };
    if (!knocks.has(id)) return { refused: 'not-in-list' };
    const profile = wish.profile ?? (deps.defaultProfile === 0 ? 1 : deps.defaultProfile);
    if (!deps.canServeProfile(profile)) return { refused: 'profile-not-allowed' };
    const password = profile === 1 || profile === 2 ? generatePassword(random) : undefined;
    if (password !== undefined) await (await passwords.offer(id, password)).accept();
    // Last: known without its password it could not come in, and could not be adopted again.
    await known.approve(id, profile);
    knocks.remove(id);
    events.emit('charger.approved', { chargePointId: id, profile });
    return { id, profile, ...(password !== undefined && { password }) };
  }

  async function changePassword(
    id: string,
    { password, byHand = false }: { readonly password?: string; readonly byHand?: boolean },
  ): Promise<PasswordChangeResult> {
    if (!known.has(id)) return { refused: 'unknown-charge-point' };
    if (password !== undefined && !VALID_PASSWORD.test(password)) return { refused: 'password-invalid' };
    if (!byHand && !calls.isOnline(id)) return { refused: 'not-connected' };
    const may = passwords.canOffer(id);
    if (may !== 'yes') return { refused: may };
    const wanted = password ?? generatePassword(random);
    const first = !passwords.has(id);
    const offer = await passwords.offer(id, wanted);
    if (byHand) {
      await (first ? offer.accept() : offer.leaveOpen('new'));
      return told(id, first ? 'in-force' : 'both-until-new-used', password ? undefined : wanted);
    }
    const answer = await calls.sendCommand(
      id,
      { type: 'change-configuration', key: PASSWORD_KEY, value: wanted },
      { onLateAnswer: (late) => void settlePasswordOffer(offer, late).then((result) => told(id, result)) },
    );
    const result = await settlePasswordOffer(offer, answer);
    if (answer.kind === 'not-sent')
      return { refused: answer.reason === 'unsupported' ? 'version-unsupported' : 'not-connected' };
    return told(
      id,
      result,
      password === undefined && result !== 'unchanged' ? wanted : undefined,
      chargerStatusOf(answer),
    );
  }

  function told(
    id: string,
    result: Extract<PasswordChangeResult, { result: string }>['result'],
    password?: string,
    answer?: string,
  ): PasswordChangeResult {
    events.emit('charger.password-changed', { chargePointId: id, result, answer });
    return {
      result,
      ...(password !== undefined && { password }),
      ...(answer !== undefined && { chargerStatus: answer }),
    };
  }

  return { rejectedConnections: (): readonly RejectedConnection[] => knocks.list(), approve: adopt, changePassword };
}

/**
 * What the charger's answer makes of the two passwords.
 * @source OCPP 1.6 security whitepaper and OCPP 2.0.1, use case A01: accepted, it comes back with the new one
 */
async function settlePasswordOffer(
  offer: PasswordOffer,
  answer: CommandResult,
): Promise<'in-force' | 'unchanged' | 'both-valid' | 'both-until-new-used'> {
  if (answer.kind === 'unknown') {
    await offer.leaveOpen('either');
    return 'both-valid';
  }
  if (answer.kind === 'answered' && answer.status === 'Accepted') {
    await offer.accept();
    return 'in-force';
  }
  if (answer.kind === 'answered' && answer.status === 'RebootRequired') {
    await offer.leaveOpen('new');
    return 'both-until-new-used';
  }
  await offer.reject();
  return 'unchanged';
}

function chargerStatusOf(answer: CommandResult): string | undefined {
  if (answer.kind === 'answered') return answer.status;
  return answer.kind === 'error' ? answer.code : answer.reason;
}

/** 40 hexadecimal digits: 1.6 takes them as 20 bytes, 2.x as the longest password text. */
function generatePassword(random: Pick<Random, 'base32'>): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = 0n;
  for (const character of random.base32(KEY_CHARACTERS)) bits = (bits << 5n) | BigInt(alphabet.indexOf(character));
  return bits.toString(16).padStart(40, '0');
}
