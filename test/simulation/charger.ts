/** A small OCPP 1.6 charge point of its own making, with all its vices. It shares nothing with the product. */
import type { Chance } from './chance.js';
import { ChargerLine, numberAt, readFrame, statusOf } from './charger-line.js';
import { answerTo } from './charger-obeys.js';
import type { Faults } from './faults.js';
import type { History } from './history.js';
import { Link } from './link.js';
import { Outlet, type Session } from './outlet.js';
import type { VirtualTime } from './virtual-clock.js';

export interface ChargerWorld {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly history: History;
  /** False: nobody listens. */
  readonly connect: (link: Link) => boolean;
}

const SAMPLE_MS = 60_000;
const HEARTBEAT_MS = 300_000;

export class Charger {
  readonly outlets: readonly Outlet[];
  readonly line: ChargerLine;
  accepted = false;
  powered = false;
  /** Its clock beside the world's, ms. */
  skewMs = 0;
  link: Link | undefined;
  #sockets = 0;
  readonly #relative: boolean;
  /** What it can do besides the core. */
  readonly profiles: readonly string[];

  constructor(
    readonly world: ChargerWorld,
    readonly id: string,
    outlets: readonly { readonly connectorId: number; readonly powerW: number }[],
  ) {
    const { time, chance, faults } = world;
    const register = (): number => (chance.happens(0.2) ? 0 : chance.between(1000, 9_000_000));
    this.outlets = outlets.map((one) => new Outlet(time, one.connectorId, one.powerW, register()));
    this.#relative = faults.strikes('relative-meter', chance, 0.4);
    this.profiles = ['SmartCharging', 'Reservation'].filter(() => chance.happens(0.5));
    const newIds = faults.strikes('new-id-on-retry', chance, 0.6);
    this.line = new ChargerLine({
      time,
      chance,
      send: (text) => this.link?.send(text),
      // It sends into a dead line as into a live one.
      online: () => this.link !== undefined,
      accepted: () => this.accepted,
      suspect: () => this.link?.cut(),
      newIdOnRetry: () => newIds,
      mostAttempts: () => (faults.has('unanswered-start') ? 4 : 200),
    });
  }

  now(): string {
    return new Date(this.world.time.now() + this.skewMs).toISOString();
  }

  start(): void {
    this.powered = true;
    this.accepted = false;
    this.connect(true);
  }

  connect(boot: boolean): void {
    if (!this.powered || this.link?.open) return;
    const { time, chance, history, connect } = this.world;
    const link: Link = new Link({ ...this.world, history }, this.id, ++this.#sockets, {
      frame: (text) => {
        if (this.link === link) this.#frame(text);
      },
      closed: () => {
        if (this.link === link) this.#closed();
      },
    });
    this.link = link;
    if (!connect(link)) {
      this.link = undefined;
      link.bridgeGone();
      time.after(chance.between(2000, 30_000), () => this.connect(boot));
      return;
    }
    if (boot || !this.accepted) this.#boot();
    else if (!this.world.faults.strikes('silent-socket', chance, 0.3)) {
      for (const outlet of this.outlets) this.tell(outlet);
    }
    this.line.go();
    this.#beat(link);
  }

  /** Without it an idle charger would never find out that its line is dead. */
  #beat(link: Link): void {
    this.world.time.after(HEARTBEAT_MS, () => {
      if (this.link !== link) return;
      this.line.add({ action: 'Heartbeat', payload: () => ({}), kept: false });
      this.#beat(link);
    });
  }

  #boot(): void {
    this.line.add({
      action: 'BootNotification',
      payload: () => ({ chargePointVendor: 'Simulated', chargePointModel: 'One' }),
      kept: false,
      answered: () => {
        this.accepted = true;
        for (const outlet of this.outlets) this.tell(outlet);
      },
    });
  }

  #closed(): void {
    this.link = undefined;
    this.line.lost();
    const boot = !this.accepted || this.world.chance.happens(0.2);
    this.world.time.after(this.world.chance.between(1000, 20_000), () => this.connect(boot));
  }

  /** Power goes and comes back. `ends`: whether the ends of its sessions are reported before it, after the boot, or never. */
  reboot(ends: 'before' | 'after' | 'never'): void {
    if (!this.powered) return;
    const { time, chance } = this.world;
    for (const outlet of this.outlets) {
      if (outlet.pending) outlet.pending.cancelled = true;
      outlet.pending = undefined;
      if (!outlet.session) continue;
      if (ends === 'never') this.#forget(outlet);
      else this.end(outlet, ends === 'before' ? 'Reboot' : 'PowerLoss');
    }
    this.powered = false;
    const { link } = this;
    this.link = undefined;
    link?.cut();
    this.line.lost();
    this.line.restarted(chance.happens(0.3));
    for (const outlet of this.outlets) outlet.status = 'Available';
    time.after(chance.between(10_000, 120_000), () => this.start());
  }

  #forget(outlet: Outlet): void {
    outlet.flow(false);
    outlet.session = undefined;
  }

  tell(outlet: Outlet, status = outlet.status): void {
    outlet.status = status;
    const payload = (): object => ({
      connectorId: outlet.id,
      errorCode: 'NoError',
      status: outlet.status,
      timestamp: this.now(),
    });
    this.line.add({ action: 'StatusNotification', payload, kept: false });
  }

  /** A transaction begins. */
  begin(outlet: Outlet, tag: string): void {
    const { time, chance, faults } = this.world;
    const meterStart = outlet.read();
    const session: Session = {
      tag,
      meterStart,
      startedAt: time.now(),
      base: outlet.given(),
      before: outlet.given(),
      stopping: false,
      samples: 0,
      soc: chance.between(10, 60),
      room: chance.between(4000, 30_000),
      full: false,
    };
    outlet.session = session;
    outlet.flow(true);
    const timestamp = this.now();
    this.line.add({
      action: 'StartTransaction',
      payload: () => ({ connectorId: outlet.id, idTag: tag, meterStart, timestamp }),
      kept: true,
      answered: (payload) => {
        const lost = faults.strikes('unanswered-start', chance, 0.2);
        session.transaction = lost ? -1 : (numberAt(payload, 'transactionId') ?? -1);
        if (lost) return;
        const refused = statusOf(payload) !== 'Accepted';
        if (refused && outlet.session === session && chance.happens(0.7)) this.end(outlet, 'DeAuthorized');
      },
      givenUp: () => {
        session.transaction = -1;
      },
    });
    this.tell(outlet, 'Charging');
    this.#sampleSoon(outlet, session);
  }

  #sampleSoon(outlet: Outlet, session: Session): void {
    this.world.time.after(SAMPLE_MS, () => {
      if (outlet.session !== session) return;
      this.sample(outlet);
      this.#carFills(outlet, session);
      this.#sampleSoon(outlet, session);
    });
  }

  #carFills(outlet: Outlet, session: Session): void {
    const { time, chance } = this.world;
    if (session.full || outlet.given() - session.before < session.room) return;
    session.full = true;
    outlet.flow(false);
    this.tell(outlet, 'SuspendedEV');
    time.after(chance.between(60_000, 600_000), () => {
      if (outlet.session === session) this.end(outlet, 'EVDisconnected');
    });
  }

  sample(outlet: Outlet): void {
    const { session } = outlet;
    if (!session) return;
    const { faults, chance, time } = this.world;
    if (session.samples > 2 && faults.strikes('meter-reset', chance, 0.04)) outlet.reset();
    session.samples += 1;
    const register = outlet.read();
    const value = this.#relative ? outlet.given() - session.base : register;
    const soc = Math.min(100, session.soc + Math.floor((time.now() - session.startedAt) / 60_000));
    const powerW = Math.round(outlet.power());
    const timestamp = this.now();
    const numbered = !faults.strikes('samples-unnumbered', chance, 0.1);
    const sampledValue = [
      { value: String(value), measurand: 'Energy.Active.Import.Register', unit: 'Wh', context: 'Sample.Periodic' },
      { value: String(powerW), measurand: 'Power.Active.Import', unit: 'W' },
      { value: String(soc), measurand: 'SoC', unit: 'Percent' },
    ];
    this.line.add({
      action: 'MeterValues',
      kept: true,
      payload: () => ({
        connectorId: outlet.id,
        ...(numbered && { transactionId: session.transaction ?? -1 }),
        meterValue: [{ timestamp, sampledValue }],
      }),
    });
  }

  /** A transaction ends, whyever. */
  end(outlet: Outlet, reason: string): void {
    const { session } = outlet;
    if (!session) return;
    const { faults, chance, time } = this.world;
    outlet.flow(false);
    const meterStop = outlet.read();
    outlet.session = undefined;
    const timestamp = this.now();
    const message = {
      action: 'StopTransaction',
      kept: true,
      payload: (): object => ({
        transactionId: session.transaction ?? -1,
        idTag: session.tag,
        meterStop,
        timestamp,
        reason,
      }),
    };
    if (faults.strikes('reordered', chance, 0.3)) this.line.overtake(message);
    else this.line.add(message);
    this.tell(outlet, 'Finishing');
    time.after(chance.between(5000, 90_000), () => {
      if (!outlet.session && !outlet.pending && outlet.status === 'Finishing') this.tell(outlet, 'Available');
    });
  }

  #frame(frame: string): void {
    const parts = readFrame(frame);
    if (parts[0] !== 2) {
      this.line.answer(parts);
      return;
    }
    const { time, chance, faults } = this.world;
    const answer = answerTo(this, String(parts[2]), parts[3]);
    if (!answer) return;
    const { link } = this;
    const slow = faults.strikes('slow-network', chance, 0.05) ? 60_000 : 300;
    time.after(chance.between(1, slow), () => {
      if (this.link !== link) return;
      link?.send(JSON.stringify([3, parts[1], answer]));
    });
  }
}
