/** Keeps the state of each charge point in memory: stored record, connection, last sign of life and quarantine. */
import type { ConnectorState } from '../../domain/model/network.js';
import type { Quarantine, SecurityProfile } from '../../ports/charger-access.js';
import type { Clock } from '../../ports/runtime.js';
import type { ChargePointRecord } from '../../ports/stored-records.js';

interface ChargePointConnection {
  /** Increases with each new socket of the charge point. */
  generation: number;
  version: string;
  profile?: SecurityProfile;
  certificateName?: string;
  /** Epoch ms. */
  connectedAt: number;
  /** Whether commands may be sent on this connection. */
  isReady: boolean;
}

export class ChargePointState {
  readonly #records = new Map<string, ChargePointRecord>();
  readonly #connections = new Map<string, ChargePointConnection>();
  readonly #lastSeenAt = new Map<string, number>();
  readonly #quarantines = new Map<string, Quarantine>();
  /** Epoch ms. */
  readonly #notReadySince = new Map<string, number>();
  readonly #clock: Pick<Clock, 'now'>;
  #onChange: (chargePointId: string) => void = () => undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /**
   * Sets the listener. It is called with the id of a charge point that connects or disconnects, or whose record or
   * quarantine changes.
   */
  onChange(listener: (chargePointId: string) => void): void {
    this.#onChange = listener;
  }

  load(records: readonly ChargePointRecord[]): void {
    for (const record of records) this.#records.set(record.id, record);
  }

  /** Returns the record of a charge point; an empty one if there is none. */
  record(chargePointId: string): ChargePointRecord {
    return this.#records.get(chargePointId) ?? { id: chargePointId, accepted: false, connectors: {} };
  }

  put(record: ChargePointRecord): void {
    this.#records.set(record.id, record);
    this.#onChange(record.id);
  }

  /** Changes some fields of the current record. */
  update(chargePointId: string, change: Partial<Omit<ChargePointRecord, 'id'>>): void {
    this.put({ ...this.record(chargePointId), ...change });
  }

  /**
   * Saves a change of the record, then applies it to memory. If the record has changed meanwhile, neither change undoes
   * the other, in memory or in the store.
   * @errors Those of `save`.
   */
  async saveChange(
    chargePointId: string,
    change: (record: ChargePointRecord) => ChargePointRecord,
    save: (record: ChargePointRecord) => Promise<unknown>,
  ): Promise<void> {
    const before = this.#records.get(chargePointId);
    await save(change(this.record(chargePointId)));
    const isUnchanged = this.#records.get(chargePointId) === before;
    const record = change(this.record(chargePointId));
    this.put(record);
    if (!isUnchanged) await save(record);
  }

  /** `undefined` lifts the quarantine. */
  setQuarantine(chargePointId: string, quarantine: Quarantine | undefined): void {
    if (quarantine) this.#quarantines.set(chargePointId, quarantine);
    else this.#quarantines.delete(chargePointId);
    this.#onChange(chargePointId);
  }

  /** Returns the quarantine, during which the charge point gets no remote start; `undefined` if there is none. */
  quarantineOf(chargePointId: string): Quarantine | undefined {
    return this.#quarantines.get(chargePointId);
  }

  /** Records a new connection, not ready yet. It replaces one that is still open. */
  markConnected(chargePointId: string, connection: Omit<ChargePointConnection, 'isReady'>): void {
    this.markNotReady(chargePointId);
    this.#connections.set(chargePointId, { ...connection, isReady: false });
    this.#onChange(chargePointId);
  }

  /** Returns false and changes nothing if the closed socket is not the current one. */
  markDisconnected(chargePointId: string, generation: number): boolean {
    if (this.#connections.get(chargePointId)?.generation !== generation) return false;
    this.markNotReady(chargePointId);
    this.#connections.delete(chargePointId);
    this.#onChange(chargePointId);
    return true;
  }

  connectionOf(chargePointId: string): Readonly<ChargePointConnection> | undefined {
    return this.#connections.get(chargePointId);
  }

  /** Returns true if the charge point became ready; false if it was ready already or is not connected. */
  markReady(chargePointId: string): boolean {
    const connection = this.#connections.get(chargePointId);
    if (!connection || connection.isReady) return false;
    connection.isReady = true;
    return true;
  }

  /** Forbids commands until the charge point is marked ready again. */
  markNotReady(chargePointId: string): void {
    const connection = this.#connections.get(chargePointId);
    if (!connection?.isReady) return;
    connection.isReady = false;
    this.#notReadySince.set(chargePointId, this.#clock.now());
  }

  /**
   * Returns when the charge point last ceased to be ready, epoch ms; `undefined` if that has not happened since our
   * start.
   */
  notReadySince(chargePointId: string): number | undefined {
    return this.#notReadySince.get(chargePointId);
  }

  /** Returns whether commands may be sent to the charge point. */
  isReady(chargePointId: string): boolean {
    return this.#connections.get(chargePointId)?.isReady === true;
  }

  /** @unit `at` epoch ms. */
  markSeen(chargePointId: string, at: number): void {
    this.#lastSeenAt.set(chargePointId, at);
  }

  /** Returns when the last frame arrived, epoch ms; after a restart, the stored time. */
  lastSeenAt(chargePointId: string): number | undefined {
    return this.#lastSeenAt.get(chargePointId) ?? this.#records.get(chargePointId)?.lastSeenAt;
  }

  connectedIds(): string[] {
    return [...this.#connections.keys()];
  }

  /** Returns a connector's last reported state, even if the charge point is offline; Available if never reported. */
  reportedState(chargePointId: string, connectorId: number): ConnectorState {
    return this.record(chargePointId).connectors[connectorId] ?? { status: 'Available', errorCode: 'NoError', at: 0 };
  }

  /**
   * Returns a connector's state as buyer apps see it. It is Unavailable while the charge point is offline or under
   * quarantine, and after a boot that was not accepted. It is the state of connector 0 (the whole charge point) while
   * that is Unavailable or Faulted.
   */
  effectiveState(chargePointId: string, connectorId: number): ConnectorState {
    const reported = this.reportedState(chargePointId, connectorId);
    const { bootStatus, connectors } = this.record(chargePointId);
    const isServed =
      this.#connections.has(chargePointId) && bootStatus === undefined && !this.#quarantines.has(chargePointId);
    if (!isServed) return { ...reported, status: 'Unavailable' };
    const whole = connectors[0];
    return whole && (whole.status === 'Unavailable' || whole.status === 'Faulted') ? { ...whole } : reported;
  }
}
