/** The live connections by identity: who is online, and the way to each of them. */
import type { ChargerCalls, ChargerCommand, ChargerIntake, CommandAnswer } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import { Connection, type Identity, type Owner } from './connection.js';
import type { Edge, EdgeOptions } from './connection-context.js';
import type { CallOptions } from './outbound-calls.js';
import type { SocketListener, SocketPort } from './socket-port.js';
import {
  isFlapping,
  LIFE_MS,
  longestMs,
  newcomerWins,
  QUARANTINE,
  quarantineCause,
  type Dispute,
  type Origin,
} from './takeover.js';
import { v16 } from '../versions/v16/v16.js';
import { v201 } from '../versions/v2/v201.js';
import { v21 } from '../versions/v2/v21.js';
import type { OcppVersion } from '../versions/version.js';
import type { Sin } from '../leniency/protocol-violations.js';
import { PLAIN_WIRE } from './wire.js';

/** Every version that a charger may choose. */
export const VERSIONS: readonly OcppVersion[] = [v16, v201, v21];

export interface Attachment extends Partial<Origin> {
  readonly chargePointId: string;
  readonly version: OcppVersion;
}

export interface ChargerSins {
  readonly total: number;
  readonly rules: readonly Sin[];
  readonly quirks: readonly string[];
}

interface Seat extends Identity {
  generation: number;
  current: Connection | undefined;
  dispute: Dispute | undefined;
  /** Of a living socket, as long as they count; epoch ms. */
  takeovers: readonly number[] | undefined;
}

export class Sockets implements ChargerCalls, Owner {
  private readonly seats = new Map<string, Seat>();
  private edge: Edge | undefined;
  private nextSweep: Cancel | undefined;
  private onEmpty: (() => void) | undefined;

  constructor(
    private readonly tools: {
      readonly clock: Clock;
      readonly random: Random;
      readonly events: Events;
      readonly options: EdgeOptions;
    },
  ) {}

  /** From now on sockets may be attached; what they tell goes to `intake`. */
  start(intake: ChargerIntake): void {
    const { options } = this.tools;
    const callTimeoutMs = options.callTimeoutS * 1000;
    this.edge = { ...this.tools, intake, callTimeoutMs, pingMs: options.pingIntervalS * 1000 };
    this.scheduleSweep();
  }

  /**
   * Lets the answers in work go out, closes every socket with 1001, and waits for the other side's goodbye.
   * @unit `graceMs` for all of it; what is still open then is cut.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.tools;
    const until = clock.now() + graceMs;
    this.nextSweep?.();
    this.nextSweep = undefined;
    while (clock.now() < until && this.connections().some((connection) => connection.busy)) await pause(clock);
    for (const connection of this.connections()) connection.close(1001, 'the server restarts');
    if (this.connections().length === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(Math.max(0, until - clock.now()), () => {
        for (const connection of this.connections()) connection.cut();
        resolve();
      });
      this.onEmpty = () => {
        cancel();
        resolve();
      };
    });
  }

  /**
   * Gives an open, authenticated socket to an identity. Where another socket has it, that one is asked for a sign of
   * life first, and nothing of the new one is answered meanwhile.
   */
  attach(socket: SocketPort, attachment: Attachment): SocketListener {
    const { chargePointId, version, address = '', profile = 0, certificateName, fingerprint } = attachment;
    const edge = this.edge;
    if (!edge) throw new Error('the socket edge is not started');
    const seat = this.seatOf(chargePointId);
    const origin = {
      address,
      profile,
      ...(certificateName !== undefined && { certificateName }),
      ...(fingerprint !== undefined && { fingerprint }),
    };
    const wire = edge.options.wireOf?.(chargePointId) ?? PLAIN_WIRE;
    const connection = new Connection(edge, this, socket, seat, version, origin, wire);
    const old = seat.current;
    if (!old) this.install(seat, connection);
    else if (seat.dispute) {
      // The charger tried yet again: its earlier try is surely not the one it listens on.
      this.refuse(seat.dispute.challenger, 1001, 'a newer socket of this charge point is open');
      seat.dispute.challenger = connection;
    } else {
      const cancel = this.tools.clock.after(LIFE_MS, () => this.decide(seat, false));
      seat.dispute = { challenger: connection, cancel };
      old.contested = true;
      connection.contested = false;
      old.socket.ping();
    }
    return connection;
  }

  private seatOf(id: string): Seat {
    let seat = this.seats.get(id);
    if (!seat) {
      seat = {
        id,
        replay: undefined,
        sins: undefined,
        generation: 0,
        current: undefined,
        dispute: undefined,
        takeovers: undefined,
      };
      this.seats.set(id, seat);
    }
    return seat;
  }

  private install(seat: Seat, connection: Connection): void {
    seat.current = connection;
    seat.generation += 1;
    const { version, origin } = connection;
    const { address: _, fingerprint: _shown, ...proof } = origin;
    this.edge?.intake.connected(seat.id, { version: version.name, generation: seat.generation, ...proof });
    this.tools.events.emit('charger.connected', { chargePointId: seat.id, version: version.name, ...origin });
    connection.admit(seat.generation);
  }

  alive(connection: Connection): void {
    const seat = this.seats.get(connection.id);
    if (seat?.current === connection) this.decide(seat, true);
  }

  /** Ends a dispute. @shape `oldLives` is whether the older socket has shown life. */
  private decide(seat: Seat, oldLives: boolean): void {
    const { dispute, current: old } = seat;
    if (!dispute || !old) return;
    seat.dispute = undefined;
    dispute.cancel();
    const { challenger } = dispute;
    const now = this.tools.clock.now();
    if (oldLives) {
      const charging = this.edge?.intake.charging(seat.id) ?? false;
      const wins = newcomerWins(old.origin, challenger.origin, charging);
      const rule = this.tools.options.quarantine ?? QUARANTINE;
      const before = seat.takeovers ?? [];
      const flapping = isFlapping(before, now);
      if (flapping) this.tools.events.emit('charger.flapping', { chargePointId: seat.id, ...challenger.origin });
      const cause = wins && quarantineCause(old.origin, challenger.origin, before, now, rule);
      if (cause) this.edge?.intake.quarantine(seat.id, cause);
      if (flapping || !wins) {
        this.refuse(challenger, 1008, 'this charge point is connected already');
        old.release();
        return;
      }
      seat.takeovers = [...before.filter((at) => at > now - longestMs(rule)), now];
    }
    old.leave('replaced');
    old.socket.close(1001, 'replaced by a newer socket');
    this.tools.events.emit('charger.replaced', { chargePointId: seat.id, oldLives, ...challenger.origin });
    this.install(seat, challenger);
  }

  private refuse(connection: Connection, code: number, reason: string): void {
    connection.leave('disconnected');
    connection.socket.close(code, reason);
    this.tools.events.emit('charger.refused', { chargePointId: connection.id, reason, ...connection.origin });
  }

  gone(connection: Connection): void {
    const seat = this.seats.get(connection.id);
    if (seat?.current === connection) {
      const heir = seat.dispute?.challenger;
      seat.dispute?.cancel();
      seat.dispute = undefined;
      seat.current = undefined;
      this.edge?.intake.disconnected(seat.id, connection.generation);
      this.tools.events.emit('charger.disconnected', { chargePointId: seat.id });
      if (heir) this.install(seat, heir);
    } else if (seat?.dispute?.challenger === connection) {
      seat.dispute.cancel();
      seat.dispute = undefined;
      seat.current?.release();
    }
    if (this.onEmpty && this.connections().length === 0) this.onEmpty();
  }

  online(chargePointId: string): boolean {
    return this.seats.get(chargePointId)?.current !== undefined;
  }

  /** What a charge point has got wrong since this process began, and the quirks that its socket is read with. */
  sins(chargePointId: string): ChargerSins {
    const seat = this.seats.get(chargePointId);
    const quirks = seat?.current?.quirks.map(({ name }) => name) ?? [];
    return { total: seat?.sins?.total ?? 0, rules: seat?.sins?.list() ?? [], quirks };
  }

  call(chargePointId: string, command: ChargerCommand, options: CallOptions = {}): Promise<CommandAnswer> {
    const connection = this.seats.get(chargePointId)?.current;
    if (!connection) return Promise.resolve({ kind: 'not-sent', reason: 'offline' });
    return connection.call(command, options);
  }

  private connections(): Connection[] {
    const all: Connection[] = [];
    for (const { current, dispute } of this.seats.values()) {
      if (current) all.push(current);
      if (dispute) all.push(dispute.challenger);
    }
    return all;
  }

  /** One timer for all sockets. */
  private scheduleSweep(): void {
    this.nextSweep = this.tools.clock.after(this.tools.options.sweepMs ?? 1000, () => {
      const now = this.tools.clock.now();
      for (const seat of this.seats.values()) seat.current?.sweep(now);
      this.scheduleSweep();
    });
  }
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.after(20, resolve));
}
