/**
 * Checks and changes the chargers' Basic passwords, whether from the secrets file or set later. Those set later are
 * stored, as salted hashes.
 */
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { Random } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import type { Json } from '../../domain/model/object.js';
import { isList, isPayload } from '../frames/payload.js';
import { isProtectedPassword, passwordVerifier, protectPassword, verifyDummyPassword } from './basic-auth.js';

/** How many passwords of one charger may be valid at once. At this limit, a further change is refused. */
const MAX_VALID_PASSWORDS = 4;
const SALT_CHARACTERS = 16;
const VALUE_PREFIX = 'charger-password|';

/** The valid passwords of one charger, oldest first. A stored record replaces the configured password. */
interface PasswordRecord {
  readonly valid: readonly string[];
  /** The only password whose use invalidates the others. If absent, the use of any password invalidates the others. */
  readonly settledBy?: string;
  /** True if `valid` is what the settings contain. The settings then apply again, even if they change later. */
  readonly isConfigured?: true;
}

interface PasswordEntry extends PasswordRecord {
  readonly verifiers: ReadonlyMap<string, (password: Uint8Array) => boolean>;
}

/**
 * A new password that is saved and valid in addition to the old ones until one of these methods is called. Their
 * promises are never rejected: if the store fails, the effect lasts only until a restart.
 */
export interface PasswordOffer {
  /** Only the new password stays valid. */
  accept(): Promise<void>;
  /** Only the old passwords stay valid, unless use of the new one has already invalidated them. */
  reject(): Promise<void>;
  /** Old and new passwords stay valid until the charger uses one of them or, with `new`, until it uses the new one. */
  leaveOpen(settledBy: 'either' | 'new'): Promise<void>;
}

export interface PasswordsDeps {
  readonly values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly random: Pick<Random, 'base32'>;
  readonly events: Events;
  /** The passwords from the secrets file, by charge point id. */
  readonly configured: ReadonlyMap<string, string>;
}

export class Passwords {
  readonly #deps: PasswordsDeps;
  readonly #entries = new Map<string, PasswordEntry>();
  /**
   * Chargers with an undecided password change; until it is decided, using one password does not invalidate the others.
   */
  readonly #changesInProgress = new Set<string>();
  #configured: ReadonlyMap<string, string>;
  /** Chargers with a stored record. */
  readonly #stored = new Set<string>();

  constructor(deps: PasswordsDeps) {
    this.#deps = deps;
    this.#configured = deps.configured;
  }

  async load(): Promise<void> {
    this.#setConfigured(this.#configured.keys());
    for (const { name, value } of await this.#deps.values.values(VALUE_PREFIX)) {
      const record = parsePasswordRecord(value);
      const id = decodeURIComponent(name.slice(VALUE_PREFIX.length));
      if (record?.isConfigured) continue;
      // An unreadable record must not make the configured password valid again.
      this.#setStored(id, record ?? { valid: [] });
      if (!record) this.#deps.events.emit('bug', { description: `the stored value ${name} cannot be read` });
    }
  }

  /**
   * Applies changed passwords from the settings. Open sockets stay open.
   * @returns The chargers whose password in the settings has changed. Those in `withoutEffect` have a stored record,
   *          which stays in force instead.
   */
  configure(configured: ReadonlyMap<string, string>): {
    readonly applied: readonly string[];
    readonly withoutEffect: readonly string[];
  } {
    const before = this.#configured;
    const changed = [...new Set([...before.keys(), ...configured.keys()])].filter(
      (id) => before.get(id) !== configured.get(id),
    );
    this.#configured = configured;
    const applied = changed.filter((id) => !this.#stored.has(id));
    this.#setConfigured(applied);
    return { applied, withoutEffect: changed.filter((id) => this.#stored.has(id)) };
  }

  has(id: string): boolean {
    return (this.#entries.get(id)?.valid.length ?? 0) > 0;
  }

  /** Checks a password. A match may invalidate the charger's other passwords. */
  verify(id: string, password: Uint8Array): boolean {
    const entry = this.#entries.get(id);
    if (!entry || entry.valid.length === 0) return verifyDummyPassword(password);
    // Every verifier is called, so that the response time does not reveal which one matched.
    const [used] = [...entry.verifiers].filter(([, verify]) => verify(password)).map(([record]) => record);
    if (used === undefined) return false;
    const { valid, settledBy = used } = entry;
    if (valid.length > 1 && settledBy === used && !this.#changesInProgress.has(id))
      void this.#saveDecision(id, { valid: [used] });
    return true;
  }

  /** Returns whether another password may be offered to this charger now. */
  canOffer(id: string): 'yes' | 'change-in-progress' | 'too-many-pending-passwords' {
    if (this.#changesInProgress.has(id)) return 'change-in-progress';
    return (this.#entries.get(id)?.valid.length ?? 0) >= MAX_VALID_PASSWORDS ? 'too-many-pending-passwords' : 'yes';
  }

  /**
   * Makes one more password valid. Resolves once it is saved; only then may the password be sent to the charger.
   * @errors StoreFault; nothing has changed then.
   */
  async offer(id: string, password: string): Promise<PasswordOffer> {
    const added = protectPassword(password, this.#deps.random.base32(SALT_CHARACTERS));
    const before = this.#entries.get(id)?.valid ?? [];
    const record: PasswordRecord = { valid: [...before, added] };
    this.#changesInProgress.add(id);
    try {
      await this.#save(id, record);
    } catch (fault) {
      this.#changesInProgress.delete(id);
      throw fault;
    }
    this.#setStored(id, record);
    /** Decides the offer, unless the charger has used another password and so invalidated the new one. */
    const decide = async (toRecord: (valid: readonly string[]) => PasswordRecord): Promise<void> => {
      this.#changesInProgress.delete(id);
      const valid = this.#entries.get(id)?.valid ?? [];
      if (valid.includes(added)) await this.#saveDecision(id, toRecord(valid));
    };
    return {
      accept: () => decide(() => ({ valid: [added] })),
      // If only the new password is valid although there was another, the charger has used the new one, so it stays
      // valid.
      reject: () =>
        decide((valid) => ({
          valid: valid.length > 1 || before.length === 0 ? valid.filter((other) => other !== added) : valid,
        })),
      leaveOpen: (by) => decide((valid) => ({ valid, ...(by === 'new' && { settledBy: added }) })),
    };
  }

  /**
   * Applies a decision at once and saves it. If the passwords that stay valid are exactly those in the settings, the
   * settings are in force again. If the store fails, a restart brings back the last saved record.
   */
  async #saveDecision(id: string, record: PasswordRecord): Promise<void> {
    const isConfigured = this.#isConfigured(id, record.valid);
    this.#setStored(id, record);
    if (isConfigured) this.#stored.delete(id);
    try {
      await this.#save(id, { ...record, ...(isConfigured && { isConfigured }) });
    } catch (fault) {
      report(this.#deps.events, 'password', fault, { chargePointId: id });
    }
  }

  #isConfigured(id: string, [first, ...others]: readonly string[]): boolean {
    const password = this.#configured.get(id);
    if (first === undefined || password === undefined) return first === password;
    return others.length === 0 && passwordVerifier(first)(Buffer.from(password));
  }

  /** Applies the passwords from the settings. A charger that has none there has no valid password. */
  #setConfigured(ids: Iterable<string>): void {
    const salt = this.#deps.random.base32(SALT_CHARACTERS);
    for (const id of ids) {
      const password = this.#configured.get(id);
      if (password === undefined) this.#entries.delete(id);
      else this.#setEntry(id, { valid: [protectPassword(password, salt)] });
    }
  }

  #setStored(id: string, record: PasswordRecord): void {
    this.#stored.add(id);
    this.#setEntry(id, record);
  }

  #setEntry(id: string, record: PasswordRecord): void {
    const verifiers = new Map(record.valid.map((password) => [password, passwordVerifier(password)]));
    this.#entries.set(id, { ...record, verifiers });
  }

  #save(id: string, { valid, settledBy, isConfigured }: PasswordRecord): Promise<void> {
    return this.#deps.values.putValue(VALUE_PREFIX + encodeURIComponent(id), {
      valid: [...valid],
      ...(settledBy !== undefined && { settledBy }),
      ...(isConfigured && { isConfigured }),
    });
  }
}

function parsePasswordRecord(value: Json): PasswordRecord | undefined {
  if (!isPayload(value)) return undefined;
  const { valid, settledBy, isConfigured } = value;
  if (!isList(valid)) return undefined;
  const records = valid.filter((record) => typeof record === 'string').filter(isProtectedPassword);
  if (records.length !== valid.length) return undefined;
  return {
    valid: records,
    ...(typeof settledBy === 'string' && { settledBy }),
    ...(isConfigured === true && { isConfigured }),
  };
}
