/** What is known of every charge point: its last words, and whether it is there now. */
import type { SecurityProfile } from '../../config/config.js';
import type { Quarantined } from '../../ports/quarantine.js';
import type { ChargePointRecord } from '../../ports/store.js';
import type { ConnectorState } from '../../domain/model/network.js';

interface Presence {
  generation: number;
  version: string;
  profile?: SecurityProfile;
  certificateName?: string;
  connectedAt: number;
  /** It has booted or spoken on this socket: commands may be sent. */
  ready: boolean;
}

export class Views {
  readonly #records = new Map<string, ChargePointRecord>();
  readonly #present = new Map<string, Presence>();
  readonly #seen = new Map<string, number>();
  readonly #barred = new Map<string, Quarantined>();
  #onChange: (id: string) => void = () => undefined;

  /** Called with a charge point that came, went, or said something new. */
  onChange(listener: (id: string) => void): void {
    this.#onChange = listener;
  }

  load(records: readonly ChargePointRecord[]): void {
    for (const record of records) this.#records.set(record.id, record);
  }

  record(id: string): ChargePointRecord {
    return this.#records.get(id) ?? { id, accepted: false, connectors: {} };
  }

  put(record: ChargePointRecord): void {
    this.#records.set(record.id, record);
    this.#onChange(record.id);
  }

  /** Puts a charge point into quarantine, or ends it. */
  bar(id: string, quarantined: Quarantined | undefined): void {
    if (quarantined) this.#barred.set(id, quarantined);
    else this.#barred.delete(id);
    this.#onChange(id);
  }

  /** Its quarantine: nothing may be started there. */
  barred(id: string): Quarantined | undefined {
    return this.#barred.get(id);
  }

  arrive(id: string, presence: Omit<Presence, 'ready'>): void {
    this.#present.set(id, { ...presence, ready: false });
    this.#onChange(id);
  }

  /** False when an older socket than the present one went: nothing changed. */
  leave(id: string, generation: number): boolean {
    if (this.#present.get(id)?.generation !== generation) return false;
    this.#present.delete(id);
    this.#onChange(id);
    return true;
  }

  presence(id: string): Readonly<Presence> | undefined {
    return this.#present.get(id);
  }

  /** True the first time it is said for a socket. */
  makeReady(id: string): boolean {
    const presence = this.#present.get(id);
    if (!presence || presence.ready) return false;
    presence.ready = true;
    return true;
  }

  /** Nothing may be sent until it is made ready again. */
  hold(id: string): void {
    const presence = this.#present.get(id);
    if (presence) presence.ready = false;
  }

  ready(id: string): boolean {
    return this.#present.get(id)?.ready === true;
  }

  seen(id: string, at: number): void {
    this.#seen.set(id, at);
  }

  lastSeenAt(id: string): number | undefined {
    return this.#seen.get(id) ?? this.#records.get(id)?.lastSeenAt;
  }

  /** Ids connected now. */
  presentIds(): string[] {
    return [...this.#present.keys()];
  }

  /** A connector's last word, whoever is connected. */
  lastWord(id: string, connectorId: number): ConnectorState {
    return this.record(id).connectors[connectorId] ?? { status: 'Available', errorCode: 'NoError', at: 0 };
  }

  /** What a buyer should be told: an absent charger, or one that may not be started, is unavailable whatever it said last. */
  live(id: string, connectorId: number): ConnectorState {
    const word = this.lastWord(id, connectorId);
    const served = this.#present.has(id) && this.record(id).held === undefined && !this.#barred.has(id);
    if (!served) return { ...word, status: 'Unavailable' };
    const whole = this.record(id).connectors[0];
    return whole && (whole.status === 'Unavailable' || whole.status === 'Faulted') ? { ...whole } : word;
  }
}
