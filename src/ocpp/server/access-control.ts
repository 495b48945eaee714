/** Lets an operator approve refused charge points, withdraw approved spellings and change passwords. */
import { report } from '../../observe/report.js';
import type {
  SecurityProfile,
  ApprovalResult,
  ChargerAccess,
  PasswordChangeResult,
  RejectedConnection,
  Spelling,
} from '../../ports/charger-access.js';
import type { ChargerCommandSender, CommandResult } from '../../ports/charger-commands.js';
import type { Events } from '../../ports/events.js';
import type { Random } from '../../ports/runtime.js';
import type { PasswordOffer, Passwords } from '../auth/passwords.js';
import type { IdentityAliases } from './identity-aliases.js';
import type { RejectedConnections } from './rejected-connections.js';

export interface AccessControlDeps {
  readonly rejectedConnections: RejectedConnections;
  readonly passwords: Passwords;
  readonly commandSender: ChargerCommandSender;
  readonly random: Pick<Random, 'base32'>;
  readonly events: Events;
  /** The charge points that may connect, because they are configured or approved. */
  readonly knownChargePoints: {
    has(id: string): boolean;
    approve(id: string, profile: SecurityProfile): Promise<void>;
  };
  readonly identityAliases: Pick<IdentityAliases, 'add' | 'remove' | 'list'>;
  /** Closes the socket of a charge point, if it has one. */
  readonly disconnect: (chargePointId: string, reason: string) => void;
  readonly defaultProfile: SecurityProfile;
  /** Returns whether this installation can serve a profile: 0 only in the sandbox, 2 and 3 only with TLS. */
  readonly canServeProfile: (profile: SecurityProfile) => boolean;
}

/** 16 to 40 characters of printable ASCII. @source OCPP 2.0.1 part 2, BasicAuthPassword */
const VALID_PASSWORD = /^[\x20-\x7e]{16,40}$/;
/** How many random base32 characters a password is generated from: 32 of them are 160 bits. */
const KEY_CHARACTERS = 32;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

type PasswordState = Extract<PasswordChangeResult, { result: string }>['result'];

export class AccessControl implements ChargerAccess {
  readonly #deps: AccessControlDeps;
  /** Identities that are being approved. */
  readonly #approvals = new Set<string>();

  constructor(deps: AccessControlDeps) {
    this.#deps = deps;
  }

  rejectedConnections(): readonly RejectedConnection[] {
    return this.#deps.rejectedConnections.list();
  }

  hasPassword(id: string): boolean {
    return this.#deps.passwords.has(id);
  }

  async approve(
    id: string,
    request: { readonly profile?: SecurityProfile; readonly as?: string },
  ): Promise<ApprovalResult> {
    const { knownChargePoints, rejectedConnections } = this.#deps;
    // A second approval at the same time would replace the password that the first one shows.
    if (knownChargePoints.has(id) || this.#approvals.has(id)) return { refused: 'already-known' };
    if (!rejectedConnections.has(id)) return { refused: 'not-in-list' };
    this.#approvals.add(id);
    try {
      return await (request.as === undefined ? this.#approveNew(id, request.profile) : this.#approveAs(id, request.as));
    } finally {
      this.#approvals.delete(id);
    }
  }

  async #approveNew(id: string, requested: SecurityProfile | undefined): Promise<ApprovalResult> {
    const { knownChargePoints, rejectedConnections, defaultProfile, passwords, random, events } = this.#deps;
    const profile = requested ?? (defaultProfile === 0 ? 1 : defaultProfile);
    if (!this.#deps.canServeProfile(profile)) return { refused: 'profile-not-allowed' };
    const password = profile === 1 || profile === 2 ? generatePassword(random) : undefined;
    if (password !== undefined) await (await passwords.offer(id, password)).accept();
    // This comes last, because a known charge point without its password could neither connect nor be approved again.
    await knownChargePoints.approve(id, profile);
    rejectedConnections.remove(id);
    events.emit('charger.approved', { chargePointId: id, profile });
    return { id, profile, ...(password !== undefined && { password }) };
  }

  async #approveAs(id: string, chargePointId: string): Promise<ApprovalResult> {
    const { knownChargePoints, identityAliases, rejectedConnections, events } = this.#deps;
    if (!knownChargePoints.has(chargePointId)) return { refused: 'unknown-charge-point' };
    await identityAliases.add(id, chargePointId);
    rejectedConnections.remove(id);
    events.emit('charger.approved', { chargePointId, spelling: id });
    return { id, as: chargePointId };
  }

  spellings(): readonly Spelling[] {
    return this.#deps.identityAliases.list();
  }

  async removeSpelling(id: string): Promise<Spelling | undefined> {
    const { identityAliases, events, disconnect } = this.#deps;
    const removed = await identityAliases.remove(id);
    if (!removed) return undefined;
    const { chargePointId } = removed;
    events.emit('charger.spelling-removed', { chargePointId, spelling: id });
    disconnect(chargePointId, 'a spelling of its identity was removed');
    return removed;
  }

  async changePassword(
    id: string,
    { password, byHand = false }: { readonly password?: string; readonly byHand?: boolean },
  ): Promise<PasswordChangeResult> {
    const { knownChargePoints, commandSender, passwords, random } = this.#deps;
    if (!knownChargePoints.has(id)) return { refused: 'unknown-charge-point' };
    if (password !== undefined && !VALID_PASSWORD.test(password)) return { refused: 'password-invalid' };
    if (!byHand && !commandSender.isOnline(id)) return { refused: 'not-connected' };
    const permission = passwords.canOffer(id);
    if (permission !== 'yes') return { refused: permission };
    const wanted = password ?? generatePassword(random);
    const generated = password === undefined ? wanted : undefined;
    const isFirst = !passwords.has(id);
    const offer = await passwords.offer(id, wanted);
    if (byHand) {
      await (isFirst ? offer.accept() : offer.leaveOpen('new'));
      return this.#report(id, isFirst ? 'in-force' : 'both-until-new-used', generated);
    }
    const answer = await commandSender.sendCommand(
      id,
      { type: 'change-password', password: wanted },
      {
        onLateAnswer: (late) => {
          settlePasswordOffer(offer, late)
            .then((result) => this.#report(id, result))
            .catch((error: unknown) => report(this.#deps.events, 'late answer to a password', error));
        },
      },
    );
    const result = await settlePasswordOffer(offer, answer);
    if (answer.kind === 'not-sent')
      return { refused: answer.reason === 'unsupported' ? 'version-unsupported' : 'not-connected' };
    return this.#report(id, result, result === 'unchanged' ? undefined : generated, chargerStatusOf(answer));
  }

  #report(id: string, result: PasswordState, password?: string, chargerStatus?: string): PasswordChangeResult {
    this.#deps.events.emit('charger.password-changed', { chargePointId: id, result, answer: chargerStatus });
    return {
      result,
      ...(password !== undefined && { password }),
      ...(chargerStatus !== undefined && { chargerStatus }),
    };
  }
}

/**
 * Decides which passwords stay valid after the charger's answer to a change.
 * @source OCPP 1.6 security whitepaper and OCPP 2.0.1, use case A01: after Accepted, the charger reconnects with the
 *         new password
 */
async function settlePasswordOffer(offer: PasswordOffer, answer: CommandResult): Promise<PasswordState> {
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

/** Generates 40 hexadecimal digits: 20 bytes in 1.6, and a password of the maximum length in 2.0.1. */
function generatePassword(random: Pick<Random, 'base32'>): string {
  let bits = 0n;
  for (const character of random.base32(KEY_CHARACTERS)) bits = (bits << 5n) | BigInt(BASE32.indexOf(character));
  return bits.toString(16).padStart(40, '0');
}
