/** Chargers' Basic passwords: those of the settings, and those that came after them, kept as salted hashes over restarts. */
import type { Events } from '../../ports/events.js';
import type { Random } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import type { Json } from '../../domain/model/object.js';
import { verifyDummyPassword, passwordVerifier, protectPassword, PROTECTED_PREFIX } from './basic-auth.js';
import { isPayload } from '../frames/frame.js';

/** Changes that a charger may leave unsettled before a further one is refused. */
const MAX_VALID_PASSWORDS = 4;
const SALT_CHARACTERS = 16;
const VALUE_PREFIX = 'charger-password|';

/** Once there is one, the password of the settings counts no more. Oldest first. */
interface PasswordRecord {
  readonly valid: readonly string[];
  /** The one whose use settles it; any unless given. */
  readonly settledBy?: string;
}

interface PasswordEntry extends PasswordRecord {
  readonly verifiers: ReadonlyMap<string, (password: Uint8Array) => boolean>;
}

/** A password that is valid beside the old one, durably, until one of these is called. None fails: the next use settles it. */
export interface PasswordOffer {
  /** Only the new one counts from now on. */
  accept(): Promise<void>;
  /** The old one stays, the new one is forgotten. */
  reject(): Promise<void>;
  /** Nobody knows: both count until the charger has used one, or, after its reboot, the new one. */
  leaveOpen(settledBy: 'either' | 'new'): Promise<void>;
}

export interface PasswordsDeps {
  readonly values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly random: Pick<Random, 'base32'>;
  readonly events: Events;
  /** By charge point id, as the settings have them. */
  readonly configured: ReadonlyMap<string, string>;
}

export class Passwords {
  private readonly entries = new Map<string, PasswordEntry>();
  /** Chargers that are being asked to take a new one: until they answer, no use of one ends the other. */
  private readonly changesInProgress = new Set<string>();

  constructor(private readonly deps: PasswordsDeps) {}

  async load(): Promise<void> {
    const { values, random, configured } = this.deps;
    const salt = random.base32(SALT_CHARACTERS);
    for (const [id, password] of configured) this.setEntry(id, { valid: [protectPassword(password, salt)] });
    for (const { name, value } of await values.values(VALUE_PREFIX)) {
      const kept = parsePasswordRecord(value);
      // An older password must not come back because a newer one cannot be read.
      this.setEntry(decodeURIComponent(name.slice(VALUE_PREFIX.length)), kept ?? { valid: [] });
      if (!kept) this.deps.events.emit('bug', { description: `the kept value ${name} cannot be read` });
    }
  }

  has(id: string): boolean {
    return (this.entries.get(id)?.valid.length ?? 0) > 0;
  }

  /** True for a valid password. Its use settles which one counts, where that was open. */
  verify(id: string, password: Uint8Array): boolean {
    const entry = this.entries.get(id);
    if (!entry || entry.valid.length === 0) return verifyDummyPassword(password);
    // Every one is asked: the time tells nothing of which it was.
    const [used] = [...entry.verifiers].filter(([, check]) => check(password)).map(([record]) => record);
    if (used === undefined) return false;
    const { valid, settledBy = used } = entry;
    if (valid.length > 1 && settledBy === used && !this.changesInProgress.has(id))
      void this.saveDecision(id, { valid: [used] });
    return true;
  }

  /** Whether a further password may be offered to this charger now. */
  canOffer(id: string): 'yes' | 'change-in-progress' | 'too-many-pending-passwords' {
    if (this.changesInProgress.has(id)) return 'change-in-progress';
    return (this.entries.get(id)?.valid.length ?? 0) >= MAX_VALID_PASSWORDS ? 'too-many-pending-passwords' : 'yes';
  }

  /**
   * Makes one more password valid. Durable when it resolves: only then may it be sent.
   * @errors StoreFault; nothing has changed then.
   */
  async offer(id: string, password: string): Promise<PasswordOffer> {
    const fresh = protectPassword(password, this.deps.random.base32(SALT_CHARACTERS));
    const before = this.entries.get(id)?.valid ?? [];
    const kept: PasswordRecord = { valid: [...before, fresh] };
    this.changesInProgress.add(id);
    try {
      await this.save(id, kept);
    } catch (fault) {
      this.changesInProgress.delete(id);
      throw fault;
    }
    this.setEntry(id, kept);
    /** A late answer counts as long as no use has settled it. */
    const end = async (read: (valid: readonly string[]) => PasswordRecord): Promise<void> => {
      this.changesInProgress.delete(id);
      const valid = this.entries.get(id)?.valid ?? [];
      if (valid.includes(fresh)) await this.saveDecision(id, read(valid));
    };
    return {
      accept: () => end(() => ({ valid: [fresh] })),
      // Alone beside an older one it has been used already, whatever the charger says.
      reject: () =>
        end((valid) => ({
          valid: valid.length > 1 || before.length === 0 ? valid.filter((record) => record !== fresh) : valid,
        })),
      leaveOpen: (by) => end((valid) => ({ valid, ...(by === 'new' && { settledBy: fresh }) })),
    };
  }

  /** At once here; a store that fails leaves both valid after a restart, until one is used. */
  private async saveDecision(id: string, kept: PasswordRecord): Promise<void> {
    this.setEntry(id, kept);
    try {
      await this.save(id, kept);
    } catch (fault) {
      this.deps.events.emit('store.failed', { chargePointId: id, problem: String(fault) });
    }
  }

  private setEntry(id: string, kept: PasswordRecord): void {
    const checks = new Map(kept.valid.map((record) => [record, passwordVerifier(record)]));
    this.entries.set(id, { ...kept, verifiers: checks });
  }

  private save(id: string, { valid, settledBy }: PasswordRecord): Promise<void> {
    return this.deps.values.putValue(VALUE_PREFIX + encodeURIComponent(id), {
      valid: [...valid],
      ...(settledBy !== undefined && { settledBy }),
    });
  }
}

function parsePasswordRecord(value: Json): PasswordRecord | undefined {
  if (!isPayload(value)) return undefined;
  const { valid, settledBy } = value;
  if (!Array.isArray(valid)) return undefined;
  const list: readonly Json[] = valid;
  const records = list
    .filter((record) => typeof record === 'string')
    .filter((record) => record.startsWith(PROTECTED_PREFIX));
  if (records.length !== list.length) return undefined;
  return { valid: records, ...(typeof settledBy === 'string' && { settledBy }) };
}
