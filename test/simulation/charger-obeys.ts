/** How a simulated charger answers the calls of the central system. */
import type { Charger } from './charger.js';
import { numberAt } from './charger-line.js';
import { at, list, text } from './json.js';
import type { Outlet } from './outlet.js';

const CONNECTION_TIMEOUT_MS = 70_000;

/** The answer's payload; `undefined`: it says nothing at all. */
export function answerTo(charger: Charger, action: string, payload: unknown): object | undefined {
  switch (action) {
    case 'RemoteStartTransaction':
      return remoteStart(charger, payload);
    case 'RemoteStopTransaction':
      return remoteStop(charger, payload);
    case 'TriggerMessage':
      return trigger(charger, payload);
    case 'GetConfiguration':
      return {
        configurationKey: [
          { key: 'MeterValueSampleInterval', readonly: false, value: '60' },
          { key: 'SupportedFeatureProfiles', readonly: true, value: ['Core', ...charger.profiles].join(',') },
          { key: 'ChargingScheduleAllowedChargingRateUnit', readonly: true, value: 'Power' },
        ],
      };
    case 'ClearChargingProfile':
      // Some say so and keep it.
      if (!charger.world.faults.strikes('plan-refused', charger.world.chance, 0.5))
        for (const outlet of charger.outlets) outlet.plan(undefined);
      return { status: 'Accepted' };
    case 'SetChargingProfile':
      return setProfile(charger, payload);
    default:
      return { status: 'Accepted' };
  }
}

/** A profile for its running transaction, taken from its own beginning on; or none, as its makers saw fit. */
function setProfile(charger: Charger, payload: unknown): object {
  const { faults, chance } = charger.world;
  const profile = at(payload, 'csChargingProfiles');
  const periods = list(at(profile, 'chargingSchedule', 'chargingSchedulePeriod'));
  const number = numberAt(profile, 'transactionId');
  const outlet = charger.outlets.find((one) => one.id === numberAt(payload, 'connectorId'));
  if (!charger.profiles.includes('SmartCharging') || faults.strikes('plan-refused', chance, 0.3))
    return { status: 'Rejected' };
  const running = outlet?.session !== undefined && outlet.session.transaction === number;
  const begins = Date.parse(text(at(profile, 'chargingSchedule', 'startSchedule')));
  const seconds = numberAt(periods[1], 'startPeriod');
  if (!running || seconds === undefined || Number.isNaN(begins)) return { status: 'Rejected' };
  outlet.plan({ limitW: numberAt(periods[0], 'limit') ?? 0, endsAt: begins - charger.skewMs + seconds * 1000 });
  return { status: 'Accepted' };
}

function remoteStart(charger: Charger, payload: unknown): object | undefined {
  const { faults, chance, time } = charger.world;
  const tag = text(at(payload, 'idTag'));
  let outlet = charger.outlets.find((one) => one.id === numberAt(payload, 'connectorId'));
  if (faults.strikes('start-ignored', chance, 0.4)) return undefined;
  if (faults.strikes('start-rejected', chance, 0.3)) return { status: 'Rejected' };
  if (outlet?.pending?.tag === tag) return { status: 'Accepted' };
  const neighbour = charger.outlets.find((one) => one !== outlet && !one.session && !one.pending);
  if (neighbour && faults.strikes('wrong-connector', chance, 0.15)) outlet = neighbour;
  if (!outlet || outlet.session || outlet.pending) return { status: 'Rejected' };
  plugIn(charger, outlet, tag);
  // Some have begun before they say so.
  if (chance.happens(0.1)) time.after(0, () => undefined);
  return { status: 'Accepted' };
}

/** The car is plugged in at once, late, too late, or never. */
function plugIn(charger: Charger, outlet: Outlet, tag: string): void {
  const { faults, chance, time } = charger.world;
  const pending = { tag, cancelled: false };
  outlet.pending = pending;
  if (outlet.status === 'Available' || outlet.status === 'Finishing') charger.tell(outlet, 'Preparing');
  const never = faults.strikes('no-cable', chance, 0.3);
  const late = !never && faults.strikes('late-start', chance, 0.3);
  const waitMs = never ? CONNECTION_TIMEOUT_MS : late ? chance.between(91_000, 300_000) : chance.between(0, 60_000);
  time.after(waitMs, () => {
    if (pending.cancelled || outlet.pending !== pending) return;
    outlet.pending = undefined;
    if (!charger.powered || outlet.session) return;
    if (never) {
      charger.tell(outlet, 'Available');
      return;
    }
    charger.begin(outlet, tag);
    again(charger, outlet, tag);
  });
}

/** The same card, used again for another transaction. */
function again(charger: Charger, outlet: Outlet, tag: string): void {
  const { faults, chance, time } = charger.world;
  if (!faults.strikes('second-transaction', chance, 0.2)) return;
  const { session } = outlet;
  time.after(chance.between(60_000, 400_000), () => {
    if (outlet.session !== session || !charger.powered) return;
    if (chance.happens(0.5)) charger.end(outlet, 'Local');
    else {
      outlet.flow(false);
      outlet.session = undefined;
    }
    time.after(1000, () => {
      if (!outlet.session && charger.powered) charger.begin(outlet, tag);
    });
  });
}

function remoteStop(charger: Charger, payload: unknown): object | undefined {
  const { faults, chance, time } = charger.world;
  const number = numberAt(payload, 'transactionId');
  const outlet = charger.outlets.find((one) => one.session !== undefined && one.session.transaction === number);
  if (faults.strikes('stop-ignored', chance, 0.4)) return chance.happens(0.5) ? { status: 'Rejected' } : undefined;
  const session = outlet?.session;
  if (!outlet || !session) return { status: 'Rejected' };
  if (!session.stopping) {
    session.stopping = true;
    time.after(chance.between(500, 6000), () => {
      if (outlet.session === session) charger.end(outlet, 'Remote');
    });
  }
  return { status: 'Accepted' };
}

function trigger(charger: Charger, payload: unknown): object {
  const what = text(at(payload, 'requestedMessage'));
  const wanted = numberAt(payload, 'connectorId');
  charger.world.time.after(100, () => {
    for (const outlet of charger.outlets) {
      if (wanted !== undefined && outlet.id !== wanted) continue;
      if (what === 'MeterValues') charger.sample(outlet);
      if (what === 'StatusNotification') charger.tell(outlet);
    }
  });
  return { status: 'Accepted' };
}
