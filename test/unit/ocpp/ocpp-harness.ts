/** A socket edge with a manual clock and simulated sockets, on which tests play the chargers. */
import { Connections } from '../../../src/ocpp/connection/connections.js';
import type { SecurityProfile } from '../../../src/ports/charger-access.js';
import type { ConnectionOptions } from '../../../src/ocpp/connection/connection-context.js';
import type { SocketListener, SocketPort } from '../../../src/ocpp/connection/socket-port.js';
import { v16 } from '../../../src/ocpp/versions/v16/v16.js';
import type { OcppVersion } from '../../../src/ocpp/versions/version.js';
import { createFakeChargerEvents } from '../../fakes/charger-events.js';
import { createEventLog } from '../../fakes/event-log.js';
import { createManualClock, settle } from '../../fakes/manual-clock.js';

export class FakeSocket implements SocketPort {
  readonly sent: string[] = [];
  closedWith: string | undefined;
  pings = 0;
  paused = false;
  bufferedAmount = 0;
  /** Whether the charger answers pings. */
  alive = true;
  /** If true, the socket does not end as soon as we close it, so that frames already sent may still arrive. */
  lingers = false;
  listener: SocketListener | undefined;
  private gone = false;

  send(text: string): void {
    if (!this.gone) this.sent.push(text);
  }
  close(code: number, reason: string): void {
    this.closedWith ??= `${code} ${reason}`;
    if (this.alive && !this.lingers) queueMicrotask(() => this.drop());
  }
  terminate(): void {
    this.closedWith ??= 'terminated';
    if (!this.lingers) this.drop();
  }
  ping(): void {
    this.pings += 1;
    if (this.alive) queueMicrotask(() => this.listener?.recordLife());
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  /** Ends the network connection. */
  drop(): void {
    if (this.gone) return;
    this.gone = true;
    this.listener?.handleClose();
  }
  /** Sends a frame from the charger. */
  say(frame: unknown): void {
    this.listener?.receive(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
  /** Returns the last frame sent to the charger, parsed. */
  last(): unknown[] {
    const frame: unknown = JSON.parse(this.sent.at(-1) ?? '[]');
    return Array.isArray(frame) ? frame : [];
  }
}

export function createOcppHarness(options: Partial<ConnectionOptions> = {}, version: OcppVersion = v16) {
  const clock = createManualClock();
  const events = createEventLog();
  const intake = createFakeChargerEvents(() => clock.now());
  let ids = 0;
  const sockets = new Connections({
    clock,
    events,
    random: { uuid: () => `call-${(ids += 1)}`, base32: (count) => 'A'.repeat(count), fraction: () => 0.5 },
    options: { pingIntervalS: 30, callTimeoutS: 30, configureAtConnect: false, sampleIntervalS: 30, ...options },
  });
  sockets.start(intake);
  return {
    clock,
    events,
    intake,
    sockets,
    settle,
    connect(
      chargePointId = 'CP1',
      more: { address?: string; profile?: SecurityProfile; fingerprint?: string; accepted?: boolean } = {},
    ): FakeSocket {
      const { accepted = true, ...attachment } = more;
      if (accepted) intake.acceptedIds.add(chargePointId);
      const socket = new FakeSocket();
      socket.listener = sockets.attach(socket, { chargePointId, version, ...attachment });
      return socket;
    },
  };
}
