/**
 * The TxProfiles that an OCPP 2.x station with one EVSE keeps, by the rules of the standard. It shares no code with the
 * product.
 * @source OCPP 2.0.1 K01.FR.05, .06, .33, .39, K10, F01.FR.08
 */
import { at, list, text } from '../runtime/json.js';
import { numberAt } from './call-queue.js';

type Status = 'Accepted' | 'Rejected' | 'Unknown';

interface Profile {
  readonly id: unknown;
  readonly stackLevel: unknown;
  readonly content: unknown;
}

/** A limit in watts, and when it ends, epoch ms. */
type Limit = { readonly limitW: number; readonly endsAt: number } | undefined;

export class StationProfiles {
  readonly #apply: (limit: Limit) => void;
  #transactionId: string | undefined;
  /** The profile of an accepted start, until its transaction begins. */
  #offered: Profile | undefined;
  #profiles: Profile[] = [];

  /** @param apply Receives the limit of the profile that is in force. */
  constructor(apply: (limit: Limit) => void = () => undefined) {
    this.#apply = apply;
  }

  /** Keeps the profile of a RequestStartTransaction, if it has one, for the transaction that follows. */
  offer(request: unknown): void {
    const profile = at(request, 'chargingProfile');
    this.#offered = profile === undefined ? undefined : toProfile(profile);
  }

  /** Begins a transaction, whose profile is that of the start. @unit `now` is epoch ms. */
  begin(transactionId: string, now: number): void {
    this.#transactionId = transactionId;
    this.#profiles = this.#offered ? [this.#offered] : [];
    this.#offered = undefined;
    this.#apply(this.#profiles[0] && limitOf(this.#profiles[0], now));
  }

  /** Ends the transaction, and its profiles with it. */
  end(): void {
    this.#transactionId = undefined;
    this.#profiles = [];
  }

  /** Answers a SetChargingProfile: a profile replaces the one with its id, and shares its stack level with no other. */
  set(request: unknown): { readonly status: Status } {
    const profile = toProfile(at(request, 'chargingProfile'));
    if (this.#transactionId === undefined || at(profile.content, 'transactionId') !== this.#transactionId)
      return { status: 'Rejected' };
    const others = this.#profiles.filter(({ id }) => id !== profile.id);
    if (others.some(({ stackLevel }) => stackLevel === profile.stackLevel)) return { status: 'Rejected' };
    this.#profiles = [...others, profile];
    this.#apply(limitOf(profile, Number.NaN));
    return { status: 'Accepted' };
  }

  /** Answers a ClearChargingProfile that names an id. */
  clear(request: unknown): { readonly status: Status } {
    const kept = this.#profiles.filter(({ id }) => id !== at(request, 'chargingProfileId'));
    const isFound = kept.length < this.#profiles.length;
    this.#profiles = kept;
    if (isFound) this.#apply(undefined);
    return { status: isFound ? 'Accepted' : 'Unknown' };
  }
}

function toProfile(content: unknown): Profile {
  return { id: at(content, 'id'), stackLevel: at(content, 'stackLevel'), content };
}

/** Returns the limit of a schedule that allows power for a time and none after it. */
function limitOf({ content }: Profile, startedAt: number): Limit {
  const schedule = at(content, 'chargingSchedule', 0);
  const periods = list(at(schedule, 'chargingSchedulePeriod'));
  const isRelative = at(content, 'chargingProfileKind') === 'Relative';
  const begins = isRelative ? startedAt : Date.parse(text(at(schedule, 'startSchedule')));
  return {
    limitW: numberAt(periods[0], 'limit') ?? 0,
    endsAt: begins + (numberAt(periods[1], 'startPeriod') ?? 0) * 1000,
  };
}
