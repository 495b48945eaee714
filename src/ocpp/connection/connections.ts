/** Keeps the live connection of each charge point, decides between rival sockets, and passes commands on. */
import type {
  ChargerCommand,
  ChargerCommandSender,
  CommandResult,
  SendCommandOptions,
} from '../../ports/charger-commands.js';
import type { ChargerEvents } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import type { ProtocolViolation } from '../leniency/protocol-violations.js';
import type { OcppVersion } from '../versions/version.js';
import { Connection } from './connection.js';
import {
  DEFAULT_CHARGE_POINT_SETTINGS,
  type ChargerConnection,
  type ConnectionContext,
  type ConnectionObserver,
  type ConnectionOptions,
  type IdentityState,
} from './connection-context.js';
import type { SocketListener, SocketPort } from './socket-port.js';
import {
  challengerWins,
  DEFAULT_QUARANTINE_RULE,
  findQuarantineCause,
  isFlapping,
  isSameCharger,
  LIVENESS_TIMEOUT_MS,
  takeoverMemoryMs,
  type ConnectionOrigin,
  type Takeover,
} from './takeover.js';

/** The charge point of a socket to be attached, and what its handshake established. */
export interface ConnectionIdentity extends Partial<ConnectionOrigin> {
  readonly chargePointId: string;
  readonly version: OcppVersion;
}

export interface ProtocolViolationReport {
  readonly total: number;
  readonly rules: readonly ProtocolViolation[];
  readonly quirks: readonly string[];
}

export interface ConnectionsDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly options: ConnectionOptions;
}

/** A second socket that claims an identity in use, until it is decided which of the two keeps it. */
interface Dispute {
  challenger: Connection;
  readonly cancel: Cancel;
}

/** The entry of one charge point, whether it is connected or not. */
interface ConnectionSlot extends IdentityState {
  generation: number;
  current: Connection | undefined;
  dispute: Dispute | undefined;
  /** Recent takeovers of live sockets. */
  takeovers: readonly Takeover[] | undefined;
}

export class Connections implements ChargerCommandSender, ConnectionObserver {
  readonly #deps: ConnectionsDeps;
  readonly #slots = new Map<string, ConnectionSlot>();
  #context: ConnectionContext | undefined;
  #cancelSweep: Cancel | undefined;
  #onAllClosed: (() => void) | undefined;

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
  }

  /** Allows sockets to be attached, and starts the timer. `chargerEvents` receives what the chargers report. */
  start(chargerEvents: ChargerEvents): void {
    const { callTimeoutS, pingIntervalS } = this.#deps.options;
    const times = { callTimeoutMs: callTimeoutS * 1000, pingIntervalMs: pingIntervalS * 1000 };
    this.#context = { ...this.#deps, ...times, chargerEvents };
    this.#scheduleSweep();
  }

  /**
   * Waits for replies in progress, closes every socket with 1001, and waits for the closing handshakes.
   * @param graceMs The time for all of this, ms. Sockets that are still open afterwards are terminated.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#deps;
    const deadline = clock.monotonic() + graceMs;
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    while (clock.monotonic() < deadline && this.#openConnections().some(({ hasCallInProgress }) => hasCallInProgress))
      await shortDelay(clock);
    for (const connection of this.#openConnections()) connection.close(1001, 'the server restarts');
    if (this.#openConnections().length === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.callLater(Math.max(0, deadline - clock.monotonic()), () => {
        for (const connection of this.#openConnections()) connection.terminate();
        resolve();
      });
      this.#onAllClosed = () => {
        cancel();
        resolve();
      };
    });
  }

  /**
   * Attaches an open, authenticated socket to its charge point. If the charge point already has a socket, that socket
   * is pinged, and the new one gets no answers until it is decided which of them keeps the identity. If another new
   * socket was already waiting for that decision, that socket is closed.
   */
  attach(socket: SocketPort, identity: ConnectionIdentity): SocketListener {
    const { chargePointId, version, address = '', profile = 0, certificateName, fingerprint } = identity;
    const context = this.#context;
    if (!context) throw new Error('the charger connections are not started');
    const slot = this.#slotOf(chargePointId);
    const origin = {
      address,
      profile,
      ...(certificateName !== undefined && { certificateName }),
      ...(fingerprint !== undefined && { fingerprint }),
    };
    const settings = context.options.settingsOf?.(chargePointId) ?? DEFAULT_CHARGE_POINT_SETTINGS;
    const connection = new Connection({ context, observer: this, socket, identity: slot, version, origin, settings });
    if (!slot.current) this.#assignSlot(slot, connection);
    else if (slot.dispute) {
      // The charger has connected once more, so it no longer uses its previous attempt.
      this.#rejectConnection(slot.dispute.challenger, 1001, 'a newer socket of this charge point is open');
      slot.dispute.challenger = connection;
    } else {
      const cancel = this.#deps.clock.callLater(LIVENESS_TIMEOUT_MS, () => this.#resolveDispute(slot, false));
      slot.dispute = { challenger: connection, cancel };
      slot.current.contested = true;
      slot.current.socket.ping();
    }
    return connection;
  }

  #slotOf(id: string): ConnectionSlot {
    let slot = this.#slots.get(id);
    if (!slot) {
      slot = {
        id,
        replyCache: undefined,
        protocolViolations: undefined,
        generation: 0,
        current: undefined,
        dispute: undefined,
        takeovers: undefined,
      };
      this.#slots.set(id, slot);
    }
    return slot;
  }

  #assignSlot(slot: ConnectionSlot, connection: Connection): void {
    slot.current = connection;
    slot.generation += 1;
    const { id: chargePointId, generation } = slot;
    const { origin } = connection;
    const version = connection.version.name;
    const { address: _, fingerprint: _unused, ...proof } = origin;
    this.#context?.chargerEvents.chargerConnected(chargePointId, { version, generation, ...proof });
    this.#deps.events.emit('charger.connected', { chargePointId, version, ...origin });
    connection.activate();
  }

  onAlive(connection: ChargerConnection): void {
    const slot = this.#slots.get(connection.id);
    if (slot?.current === connection) this.#resolveDispute(slot, true);
  }

  /** @param oldAlive Whether the older socket has shown a sign of life. */
  #resolveDispute(slot: ConnectionSlot, oldAlive: boolean): void {
    const { dispute, current: old } = slot;
    if (!dispute || !old) return;
    slot.dispute = undefined;
    dispute.cancel();
    const { challenger } = dispute;
    if (oldAlive && !this.#takesOver(slot, old, challenger)) {
      this.#rejectConnection(challenger, 1008, 'this charge point is connected already');
      old.endDispute();
      return;
    }
    old.detach('replaced');
    old.socket.close(1001, 'replaced by a newer socket');
    this.#deps.events.emit('charger.replaced', { chargePointId: slot.id, oldAlive, ...challenger.origin });
    this.#assignSlot(slot, challenger);
  }

  /**
   * Decides whether the challenger takes the identity from a live socket. Counts takeovers, and may start a quarantine.
   */
  #takesOver(slot: ConnectionSlot, { origin: old }: Connection, { origin: challenger }: Connection): boolean {
    const { events, clock, options } = this.#deps;
    const chargerEvents = this.#context?.chargerEvents;
    const { id: chargePointId, takeovers = [] } = slot;
    const now = clock.monotonic();
    const rule = options.quarantine ?? DEFAULT_QUARANTINE_RULE;
    const wins = challengerWins(old, challenger, chargerEvents?.hasOpenTransaction(chargePointId) ?? false);
    const flapping = isFlapping(
      takeovers.map(({ at }) => at),
      now,
    );
    if (flapping) events.emit('charger.flapping', { chargePointId, ...challenger });
    const byOthers = takeovers.filter(({ isSame }) => !isSame).map(({ at }) => at);
    const cause = wins && findQuarantineCause({ old, challenger }, byOthers, now, rule);
    if (cause) chargerEvents?.startQuarantine(chargePointId, cause);
    if (flapping || !wins) return false;
    slot.takeovers = [
      ...takeovers.filter(({ at }) => at > now - takeoverMemoryMs(rule)),
      { at: now, isSame: isSameCharger(old, challenger) },
    ];
    return true;
  }

  #rejectConnection(connection: Connection, code: number, reason: string): void {
    connection.detach('disconnected');
    connection.socket.close(code, reason);
    this.#deps.events.emit('charger.refused', { chargePointId: connection.id, reason, ...connection.origin });
  }

  onClosed(connection: ChargerConnection): void {
    const slot = this.#slots.get(connection.id);
    if (slot?.current === connection) {
      const challenger = slot.dispute?.challenger;
      slot.dispute?.cancel();
      slot.dispute = undefined;
      slot.current = undefined;
      this.#context?.chargerEvents.chargerDisconnected(slot.id, slot.generation);
      this.#deps.events.emit('charger.disconnected', { chargePointId: slot.id });
      if (challenger) this.#assignSlot(slot, challenger);
    } else if (slot?.dispute?.challenger === connection) {
      slot.dispute.cancel();
      slot.dispute = undefined;
      slot.current?.endDispute();
    }
    if (this.#onAllClosed && this.#openConnections().length === 0) this.#onAllClosed();
  }

  /** Closes the socket of a charge point, and any rival socket. */
  disconnect(chargePointId: string, reason: string): void {
    const { dispute, current } = this.#slots.get(chargePointId) ?? {};
    for (const one of [dispute?.challenger, current]) one?.close(1008, reason);
  }

  isOnline(chargePointId: string): boolean {
    return this.#slots.get(chargePointId)?.current !== undefined;
  }

  /** Returns the protocol violations since this process started, and the quirks that apply to the socket. */
  protocolViolations(chargePointId: string): ProtocolViolationReport {
    const slot = this.#slots.get(chargePointId);
    const violations = slot?.protocolViolations;
    const quirks = slot?.current?.quirks.map(({ name }) => name) ?? [];
    return { total: violations?.total ?? 0, rules: violations?.list() ?? [], quirks };
  }

  sendCommand(
    chargePointId: string,
    command: ChargerCommand,
    options: SendCommandOptions = {},
  ): Promise<CommandResult> {
    const connection = this.#slots.get(chargePointId)?.current;
    if (!connection) return Promise.resolve({ kind: 'not-sent', reason: 'offline' });
    const result = connection.queueCommand(command, options);
    connection.outboundCalls?.sendNext();
    return result;
  }

  #openConnections(): Connection[] {
    const connections: Connection[] = [];
    for (const { current, dispute } of this.#slots.values()) {
      if (current) connections.push(current);
      if (dispute) connections.push(dispute.challenger);
    }
    return connections;
  }

  /** Schedules the next check of all sockets; one timer serves them all. */
  #scheduleSweep(): void {
    const { clock, options } = this.#deps;
    this.#cancelSweep = clock.callLater(options.sweepMs ?? 1000, () => {
      const now = clock.monotonic();
      for (const { current } of this.#slots.values()) current?.checkTimers(now);
      this.#scheduleSweep();
    });
  }
}

function shortDelay(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.callLater(20, resolve));
}
