/** The live connections by identity: who is online, and the way to each of them. */
import type { ChargerCommandSender, ChargerCommand, ChargerEvents, CommandResult } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import { Connection, type IdentityState, type ConnectionObserver } from './connection.js';
import type { ConnectionContext, ConnectionOptions } from './connection-context.js';
import type { CallOptions } from './outbound-calls.js';
import type { SocketListener, SocketPort } from './socket-port.js';
import {
  isFlapping,
  LIVENESS_TIMEOUT_MS,
  takeoverMemoryMs,
  challengerWins,
  DEFAULT_QUARANTINE_RULE,
  findQuarantineCause,
  type Dispute,
  type ConnectionOrigin,
} from './takeover.js';
import { v16 } from '../versions/v16/v16.js';
import { v201 } from '../versions/v2/v201.js';
import { v21 } from '../versions/v2/v21.js';
import type { OcppVersion } from '../versions/version.js';
import type { ProtocolViolation } from '../leniency/protocol-violations.js';
import { DEFAULT_CHARGE_POINT_SETTINGS } from './wire.js';

/** Every version that a charger may choose. */
export const OCPP_VERSIONS: readonly OcppVersion[] = [v16, v201, v21];

export interface ConnectionIdentity extends Partial<ConnectionOrigin> {
  readonly chargePointId: string;
  readonly version: OcppVersion;
}

export interface ProtocolViolationReport {
  readonly total: number;
  readonly rules: readonly ProtocolViolation[];
  readonly quirks: readonly string[];
}

interface ConnectionSlot extends IdentityState {
  generation: number;
  current: Connection | undefined;
  dispute: Dispute | undefined;
  /** Of a living socket, as long as they count; epoch ms. */
  takeovers: readonly number[] | undefined;
}

export class Connections implements ChargerCommandSender, ConnectionObserver {
  private readonly slots = new Map<string, ConnectionSlot>();
  private context: ConnectionContext | undefined;
  private cancelSweep: Cancel | undefined;
  private onAllClosed: (() => void) | undefined;

  constructor(
    private readonly deps: {
      readonly clock: Clock;
      readonly random: Random;
      readonly events: Events;
      readonly options: ConnectionOptions;
    },
  ) {}

  /** From now on sockets may be attached; what they tell goes to `intake`. */
  start(intake: ChargerEvents): void {
    const { options } = this.deps;
    const callTimeoutMs = options.callTimeoutS * 1000;
    this.context = { ...this.deps, chargerEvents: intake, callTimeoutMs, pingIntervalMs: options.pingIntervalS * 1000 };
    this.scheduleSweep();
  }

  /**
   * Lets the answers in work go out, closes every socket with 1001, and waits for the other side's goodbye.
   * @unit `graceMs` for all of it; what is still open then is cut.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.deps;
    const until = clock.now() + graceMs;
    this.cancelSweep?.();
    this.cancelSweep = undefined;
    while (clock.now() < until && this.openConnections().some((connection) => connection.hasCallInProgress))
      await shortDelay(clock);
    for (const connection of this.openConnections()) connection.close(1001, 'the server restarts');
    if (this.openConnections().length === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.callLater(Math.max(0, until - clock.now()), () => {
        for (const connection of this.openConnections()) connection.terminate();
        resolve();
      });
      this.onAllClosed = () => {
        cancel();
        resolve();
      };
    });
  }

  /**
   * Gives an open, authenticated socket to an identity. Where another socket has it, that one is asked for a sign of
   * life first, and nothing of the new one is answered meanwhile.
   */
  attach(socket: SocketPort, attachment: ConnectionIdentity): SocketListener {
    const { chargePointId, version, address = '', profile = 0, certificateName, fingerprint } = attachment;
    const edge = this.context;
    if (!edge) throw new Error('the charger connections are not started');
    const seat = this.slotOf(chargePointId);
    const origin = {
      address,
      profile,
      ...(certificateName !== undefined && { certificateName }),
      ...(fingerprint !== undefined && { fingerprint }),
    };
    const wire = edge.options.settingsOf?.(chargePointId) ?? DEFAULT_CHARGE_POINT_SETTINGS;
    const connection = new Connection(edge, this, socket, seat, version, origin, wire);
    const old = seat.current;
    if (!old) this.assignSlot(seat, connection);
    else if (seat.dispute) {
      // The charger tried yet again: its earlier try is surely not the one it listens on.
      this.rejectConnection(seat.dispute.challenger, 1001, 'a newer socket of this charge point is open');
      seat.dispute.challenger = connection;
    } else {
      const cancel = this.deps.clock.callLater(LIVENESS_TIMEOUT_MS, () => this.resolveDispute(seat, false));
      seat.dispute = { challenger: connection, cancel };
      old.contested = true;
      connection.contested = false;
      old.socket.ping();
    }
    return connection;
  }

  private slotOf(id: string): ConnectionSlot {
    let seat = this.slots.get(id);
    if (!seat) {
      seat = {
        id,
        replyCache: undefined,
        protocolViolations: undefined,
        generation: 0,
        current: undefined,
        dispute: undefined,
        takeovers: undefined,
      };
      this.slots.set(id, seat);
    }
    return seat;
  }

  private assignSlot(seat: ConnectionSlot, connection: Connection): void {
    seat.current = connection;
    seat.generation += 1;
    const { version, origin } = connection;
    const { address: _, fingerprint: _shown, ...proof } = origin;
    this.context?.chargerEvents.chargerConnected(seat.id, {
      version: version.name,
      generation: seat.generation,
      ...proof,
    });
    this.deps.events.emit('charger.connected', { chargePointId: seat.id, version: version.name, ...origin });
    connection.activate(seat.generation);
  }

  onAlive(connection: Connection): void {
    const seat = this.slots.get(connection.id);
    if (seat?.current === connection) this.resolveDispute(seat, true);
  }

  /** Ends a dispute. @shape `oldAlive` is whether the older socket has shown life. */
  private resolveDispute(seat: ConnectionSlot, oldAlive: boolean): void {
    const { dispute, current: old } = seat;
    if (!dispute || !old) return;
    seat.dispute = undefined;
    dispute.cancel();
    const { challenger } = dispute;
    const now = this.deps.clock.now();
    if (oldAlive) {
      const charging = this.context?.chargerEvents.hasOpenTransaction(seat.id) ?? false;
      const wins = challengerWins(old.origin, challenger.origin, charging);
      const rule = this.deps.options.quarantine ?? DEFAULT_QUARANTINE_RULE;
      const before = seat.takeovers ?? [];
      const flapping = isFlapping(before, now);
      if (flapping) this.deps.events.emit('charger.flapping', { chargePointId: seat.id, ...challenger.origin });
      const cause = wins && findQuarantineCause(old.origin, challenger.origin, before, now, rule);
      if (cause) this.context?.chargerEvents.startQuarantine(seat.id, cause);
      if (flapping || !wins) {
        this.rejectConnection(challenger, 1008, 'this charge point is connected already');
        old.endDispute();
        return;
      }
      seat.takeovers = [...before.filter((at) => at > now - takeoverMemoryMs(rule)), now];
    }
    old.detach('replaced');
    old.socket.close(1001, 'replaced by a newer socket');
    this.deps.events.emit('charger.replaced', { chargePointId: seat.id, oldAlive, ...challenger.origin });
    this.assignSlot(seat, challenger);
  }

  private rejectConnection(connection: Connection, code: number, reason: string): void {
    connection.detach('disconnected');
    connection.socket.close(code, reason);
    this.deps.events.emit('charger.refused', { chargePointId: connection.id, reason, ...connection.origin });
  }

  onClosed(connection: Connection): void {
    const seat = this.slots.get(connection.id);
    if (seat?.current === connection) {
      const heir = seat.dispute?.challenger;
      seat.dispute?.cancel();
      seat.dispute = undefined;
      seat.current = undefined;
      this.context?.chargerEvents.chargerDisconnected(seat.id, connection.generation);
      this.deps.events.emit('charger.disconnected', { chargePointId: seat.id });
      if (heir) this.assignSlot(seat, heir);
    } else if (seat?.dispute?.challenger === connection) {
      seat.dispute.cancel();
      seat.dispute = undefined;
      seat.current?.endDispute();
    }
    if (this.onAllClosed && this.openConnections().length === 0) this.onAllClosed();
  }

  isOnline(chargePointId: string): boolean {
    return this.slots.get(chargePointId)?.current !== undefined;
  }

  /** What a charge point has got wrong since this process began, and the quirks that its socket is read with. */
  protocolViolations(chargePointId: string): ProtocolViolationReport {
    const seat = this.slots.get(chargePointId);
    const quirks = seat?.current?.quirks.map(({ name }) => name) ?? [];
    return { total: seat?.protocolViolations?.total ?? 0, rules: seat?.protocolViolations?.list() ?? [], quirks };
  }

  sendCommand(chargePointId: string, command: ChargerCommand, options: CallOptions = {}): Promise<CommandResult> {
    const connection = this.slots.get(chargePointId)?.current;
    if (!connection) return Promise.resolve({ kind: 'not-sent', reason: 'offline' });
    return connection.submitCommand(command, options);
  }

  private openConnections(): Connection[] {
    const all: Connection[] = [];
    for (const { current, dispute } of this.slots.values()) {
      if (current) all.push(current);
      if (dispute) all.push(dispute.challenger);
    }
    return all;
  }

  /** One timer for all sockets. */
  private scheduleSweep(): void {
    this.cancelSweep = this.deps.clock.callLater(this.deps.options.sweepMs ?? 1000, () => {
      const now = this.deps.clock.now();
      for (const seat of this.slots.values()) seat.current?.checkTimers(now);
      this.scheduleSweep();
    });
  }
}

function shortDelay(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.callLater(20, resolve));
}
