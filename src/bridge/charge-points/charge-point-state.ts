/** What is known of every charge point: its last words, and whether it is there now. */
import type { SecurityProfile } from '../../config/config.js';
import type { Quarantine } from '../../ports/quarantine.js';
import type { ChargePointRecord } from '../../ports/store.js';
import type { ConnectorState } from '../../domain/model/network.js';

interface ChargePointConnection {
  generation: number;
  version: string;
  profile?: SecurityProfile;
  certificateName?: string;
  connectedAt: number;
  /** It has booted or spoken on this socket: commands may be sent. */
  isReady: boolean;
}

export class ChargePointState {
  readonly #records = new Map<string, ChargePointRecord>();
  readonly #connections = new Map<string, ChargePointConnection>();
  readonly #lastSeenAt = new Map<string, number>();
  readonly #quarantines = new Map<string, Quarantine>();
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
  setQuarantine(id: string, quarantined: Quarantine | undefined): void {
    if (quarantined) this.#quarantines.set(id, quarantined);
    else this.#quarantines.delete(id);
    this.#onChange(id);
  }

  /** Its quarantine: nothing may be started there. */
  quarantineOf(id: string): Quarantine | undefined {
    return this.#quarantines.get(id);
  }

  markConnected(id: string, presence: Omit<ChargePointConnection, 'isReady'>): void {
    this.#connections.set(id, { ...presence, isReady: false });
    this.#onChange(id);
  }

  /** False when an older socket than the present one went: nothing changed. */
  markDisconnected(id: string, generation: number): boolean {
    if (this.#connections.get(id)?.generation !== generation) return false;
    this.#connections.delete(id);
    this.#onChange(id);
    return true;
  }

  connectionOf(id: string): Readonly<ChargePointConnection> | undefined {
    return this.#connections.get(id);
  }

  /** True the first time it is said for a socket. */
  markReady(id: string): boolean {
    const presence = this.#connections.get(id);
    if (!presence || presence.isReady) return false;
    presence.isReady = true;
    return true;
  }

  /** Nothing may be sent until it is made ready again. */
  markNotReady(id: string): void {
    const presence = this.#connections.get(id);
    if (presence) presence.isReady = false;
  }

  isReady(id: string): boolean {
    return this.#connections.get(id)?.isReady === true;
  }

  markSeen(id: string, at: number): void {
    this.#lastSeenAt.set(id, at);
  }

  lastSeenAt(id: string): number | undefined {
    return this.#lastSeenAt.get(id) ?? this.#records.get(id)?.lastSeenAt;
  }

  /** Ids connected now. */
  connectedIds(): string[] {
    return [...this.#connections.keys()];
  }

  /** A connector's last word, whoever is connected. */
  reportedState(id: string, connectorId: number): ConnectorState {
    return this.record(id).connectors[connectorId] ?? { status: 'Available', errorCode: 'NoError', at: 0 };
  }

  /** What a buyer should be told: an absent charger, or one that may not be started, is unavailable whatever it said last. */
  effectiveState(id: string, connectorId: number): ConnectorState {
    const word = this.reportedState(id, connectorId);
    const served = this.#connections.has(id) && this.record(id).bootStatus === undefined && !this.#quarantines.has(id);
    if (!served) return { ...word, status: 'Unavailable' };
    const whole = this.record(id).connectors[0];
    return whole && (whole.status === 'Unavailable' || whole.status === 'Faulted') ? { ...whole } : word;
  }
}
