/** Chargers' Basic passwords: those of the settings, and those that came after them, kept as salted hashes over restarts. */
import type { Events } from '../../ports/events.js';
import type { Random } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import type { Json } from '../../domain/model/order.js';
import { DECOY, passwordVerifier, protectPassword, PROTECTED } from './basic-auth.js';
import { isPayload } from '../frames/frame.js';

/** Changes that a charger may leave unsettled before a further one is refused. */
const MOST_VALID = 4;
const SALT_CHARACTERS = 16;
const PREFIX = 'charger-password|';

/** Once there is one, the password of the settings counts no more. Oldest first. */
interface Kept {
  readonly valid: readonly string[];
  /** The one whose use settles it; any unless given. */
  readonly settledBy?: string;
}

interface Entry extends Kept {
  readonly checks: ReadonlyMap<string, (password: Uint8Array) => boolean>;
}

/** A password that is valid beside the old one, durably, until one of these is called. None fails: the next use settles it. */
export interface Offer {
  /** Only the new one counts from now on. */
  taken(): Promise<void>;
  /** The old one stays, the new one is forgotten. */
  refused(): Promise<void>;
  /** Nobody knows: both count until the charger has used one, or, after its reboot, the new one. */
  open(settledBy: 'either' | 'new'): Promise<void>;
}

export interface PasswordsDeps {
  readonly values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly random: Pick<Random, 'base32'>;
  readonly events: Events;
  /** By charge point id, as the settings have them. */
  readonly configured: ReadonlyMap<string, string>;
}

export class Passwords {
  private readonly entries = new Map<string, Entry>();
  /** Chargers that are being asked to take a new one: until they answer, no use of one ends the other. */
  private readonly asked = new Set<string>();

  constructor(private readonly deps: PasswordsDeps) {}

  async start(): Promise<void> {
    const { values, random, configured } = this.deps;
    const salt = random.base32(SALT_CHARACTERS);
    for (const [id, password] of configured) this.put(id, { valid: [protectPassword(password, salt)] });
    for (const { name, value } of await values.values(PREFIX)) {
      const kept = readKept(value);
      // An older password must not come back because a newer one cannot be read.
      this.put(decodeURIComponent(name.slice(PREFIX.length)), kept ?? { valid: [] });
      if (!kept) this.deps.events.emit('bug', { description: `the kept value ${name} cannot be read` });
    }
  }

  has(id: string): boolean {
    return (this.entries.get(id)?.valid.length ?? 0) > 0;
  }

  /** True for a valid password. Its use settles which one counts, where that was open. */
  verify(id: string, password: Uint8Array): boolean {
    const entry = this.entries.get(id);
    if (!entry || entry.valid.length === 0) return DECOY(password);
    // Every one is asked: the time tells nothing of which it was.
    const [used] = [...entry.checks].filter(([, check]) => check(password)).map(([record]) => record);
    if (used === undefined) return false;
    const { valid, settledBy = used } = entry;
    if (valid.length > 1 && settledBy === used && !this.asked.has(id)) void this.settle(id, { valid: [used] });
    return true;
  }

  /** Whether a further password may be offered to this charger now. */
  mayOffer(id: string): 'yes' | 'change-in-progress' | 'too-many-unsettled' {
    if (this.asked.has(id)) return 'change-in-progress';
    return (this.entries.get(id)?.valid.length ?? 0) >= MOST_VALID ? 'too-many-unsettled' : 'yes';
  }

  /**
   * Makes one more password valid. Durable when it resolves: only then may it be sent.
   * @errors StoreFault; nothing has changed then.
   */
  async offer(id: string, password: string): Promise<Offer> {
    const fresh = protectPassword(password, this.deps.random.base32(SALT_CHARACTERS));
    const before = this.entries.get(id)?.valid ?? [];
    const kept: Kept = { valid: [...before, fresh] };
    this.asked.add(id);
    try {
      await this.keep(id, kept);
    } catch (fault) {
      this.asked.delete(id);
      throw fault;
    }
    this.put(id, kept);
    /** A late answer counts as long as no use has settled it. */
    const end = async (read: (valid: readonly string[]) => Kept): Promise<void> => {
      this.asked.delete(id);
      const valid = this.entries.get(id)?.valid ?? [];
      if (valid.includes(fresh)) await this.settle(id, read(valid));
    };
    return {
      taken: () => end(() => ({ valid: [fresh] })),
      // Alone beside an older one it has been used already, whatever the charger says.
      refused: () =>
        end((valid) => ({
          valid: valid.length > 1 || before.length === 0 ? valid.filter((record) => record !== fresh) : valid,
        })),
      open: (by) => end((valid) => ({ valid, ...(by === 'new' && { settledBy: fresh }) })),
    };
  }

  /** At once here; a store that fails leaves both valid after a restart, until one is used. */
  private async settle(id: string, kept: Kept): Promise<void> {
    this.put(id, kept);
    try {
      await this.keep(id, kept);
    } catch (fault) {
      this.deps.events.emit('store.failed', { chargePointId: id, problem: String(fault) });
    }
  }

  private put(id: string, kept: Kept): void {
    const checks = new Map(kept.valid.map((record) => [record, passwordVerifier(record)]));
    this.entries.set(id, { ...kept, checks });
  }

  private keep(id: string, { valid, settledBy }: Kept): Promise<void> {
    return this.deps.values.putValue(PREFIX + encodeURIComponent(id), {
      valid: [...valid],
      ...(settledBy !== undefined && { settledBy }),
    });
  }
}

function readKept(value: Json): Kept | undefined {
  if (!isPayload(value)) return undefined;
  const { valid, settledBy } = value;
  if (!Array.isArray(valid)) return undefined;
  const list: readonly Json[] = valid;
  const records = list.filter((record) => typeof record === 'string').filter((record) => record.startsWith(PROTECTED));
  if (records.length !== list.length) return undefined;
  return { valid: records, ...(typeof settledBy === 'string' && { settledBy }) };
}
