/** How a simulated charger reacts to the calls of the bridge. */
import type { Charger } from './charger.js';
import { numberAt } from './call-queue.js';
import { at, list, text } from '../runtime/json.js';
import { sendMeterValues } from './charger-meter.js';
import type { SimulatedConnector } from './connector.js';

const CONNECTION_TIMEOUT_MS = 70_000;

/** Returns the payload of the answer, or `undefined` if the charger does not answer. */
export function answerCall(charger: Charger, action: string, payload: unknown): object | undefined {
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
          { key: 'SupportedFeatureProfiles', readonly: true, value: ['Core', ...charger.featureProfiles].join(',') },
          { key: 'ChargingScheduleAllowedChargingRateUnit', readonly: true, value: 'Power' },
        ],
      };
    case 'ClearChargingProfile':
      // Some chargers accept the call and keep the profile.
      if (!charger.environment.faults.strikes('profile-refused', charger.environment.random, 0.5))
        for (const connector of charger.connectors) connector.setProfile(undefined);
      return { status: 'Accepted' };
    case 'SetChargingProfile':
      return setProfile(charger, payload);
    default:
      return { status: 'Accepted' };
  }
}

/**
 * Limits the running transaction at once, until the second period of the profile's schedule, or rejects the profile.
 */
function setProfile(charger: Charger, payload: unknown): object {
  const { faults, random } = charger.environment;
  const profile = at(payload, 'csChargingProfiles');
  const periods = list(at(profile, 'chargingSchedule', 'chargingSchedulePeriod'));
  const number = numberAt(profile, 'transactionId');
  const connector = charger.connectors.find((one) => one.id === numberAt(payload, 'connectorId'));
  if (!charger.featureProfiles.includes('SmartCharging') || faults.strikes('profile-refused', random, 0.3))
    return { status: 'Rejected' };
  const running = connector?.session !== undefined && connector.session.transaction === number;
  const begins = Date.parse(text(at(profile, 'chargingSchedule', 'startSchedule')));
  const seconds = numberAt(periods[1], 'startPeriod');
  if (!running || seconds === undefined || Number.isNaN(begins)) return { status: 'Rejected' };
  connector.setProfile({
    limitW: numberAt(periods[0], 'limit') ?? 0,
    endsAt: begins - charger.clockOffsetMs + seconds * 1000,
  });
  return { status: 'Accepted' };
}

function remoteStart(charger: Charger, payload: unknown): object | undefined {
  const { faults, random, time } = charger.environment;
  const tag = text(at(payload, 'idTag'));
  let connector = charger.connectors.find((one) => one.id === numberAt(payload, 'connectorId'));
  if (connector && /Faulted|Unavailable/.test(connector.status)) return { status: 'Rejected' };
  if (faults.strikes('start-ignored', random, 0.4)) return undefined;
  if (faults.strikes('start-rejected', random, 0.3)) return { status: 'Rejected' };
  if (connector?.pending?.tag === tag) return { status: 'Accepted' };
  const neighbour = charger.connectors.find((one) => one !== connector && !one.session && !one.pending);
  if (neighbour && faults.strikes('wrong-connector', random, 0.15)) connector = neighbour;
  if (!connector || connector.session || connector.pending) return { status: 'Rejected' };
  const plug = plugIn(charger, connector, tag);
  // If the cable is already in place, a charger may start before it sends its answer.
  if (random.happens(0.1)) time.after(0, plug);
  return { status: 'Accepted' };
}

/**
 * The driver plugs in within a minute, after the connection timeout, or never. A stranger may start a transaction
 * first.
 * @returns A function that plugs in now.
 */
function plugIn(charger: Charger, connector: SimulatedConnector, tag: string): () => void {
  const { faults, random, time } = charger.environment;
  const pending = { tag, cancelled: false };
  connector.pending = pending;
  if (connector.status === 'Available' || connector.status === 'Finishing')
    charger.reportStatus(connector, 'Preparing');
  const never = faults.strikes('no-cable', random, 0.3);
  const late = !never && faults.strikes('late-start', random, 0.3);
  const waitMs = never ? CONNECTION_TIMEOUT_MS : late ? random.between(91_000, 300_000) : random.between(0, 60_000);
  if (faults.strikes('stranger-first', charger.habits.random, 0.4))
    time.after(Math.floor(waitMs * 0.4), () => {
      if (!pending.cancelled && connector.pending === pending && charger.powered && !connector.session)
        charger.startTransaction(connector, `STRANGER${charger.habits.random.between(1, 9)}`);
    });
  plugWhenFree(waitMs);
  return plug;

  /** Plugs in after this time, or once a stranger has left the connector. */
  function plugWhenFree(ms: number): void {
    time.after(ms, () => {
      const strangers = connector.session?.tag.startsWith('STRANGER') === true;
      if (strangers && !pending.cancelled && connector.pending === pending && charger.powered) plugWhenFree(5000);
      else plug();
    });
  }

  function plug(): void {
    if (pending.cancelled || connector.pending !== pending) return;
    connector.pending = undefined;
    if (!charger.powered || connector.session) return;
    if (never) {
      charger.reportStatus(connector, 'Available');
      return;
    }
    charger.startTransaction(connector, tag);
    reuseTag(charger, connector, tag);
  }
}

/** Sometimes ends the session after a while, with or without a stop, and starts another transaction with its tag. */
function reuseTag(charger: Charger, connector: SimulatedConnector, tag: string): void {
  const { faults, random, time } = charger.environment;
  if (!faults.strikes('second-transaction', random, 0.2)) return;
  const { session } = connector;
  time.after(random.between(60_000, 400_000), () => {
    if (connector.session !== session || !charger.powered) return;
    if (random.happens(0.5)) charger.endTransaction(connector, 'Local');
    else {
      charger.dropSession(connector);
    }
    time.after(1000, () => {
      if (!connector.session && charger.powered) charger.startTransaction(connector, tag);
    });
  });
}

function remoteStop(charger: Charger, payload: unknown): object | undefined {
  const { faults, random, time } = charger.environment;
  const number = numberAt(payload, 'transactionId');
  const connector = charger.connectors.find((one) => one.session !== undefined && one.session.transaction === number);
  if (faults.strikes('stop-ignored', random, 0.4)) return random.happens(0.5) ? { status: 'Rejected' } : undefined;
  const session = connector?.session;
  if (!connector || !session) return { status: 'Rejected' };
  if (!session.stopping) {
    session.stopping = true;
    time.after(random.between(500, 6000), () => {
      if (connector.session === session) charger.endTransaction(connector, 'Remote');
    });
  }
  return { status: 'Accepted' };
}

function trigger(charger: Charger, payload: unknown): object {
  const requestedMessage = text(at(payload, 'requestedMessage'));
  const wanted = numberAt(payload, 'connectorId');
  charger.environment.time.after(100, () => {
    for (const connector of charger.connectors) {
      if (wanted !== undefined && connector.id !== wanted) continue;
      if (requestedMessage === 'MeterValues') sendMeterValues(charger, connector);
      if (requestedMessage === 'StatusNotification') charger.reportStatus(connector);
    }
  });
  return { status: 'Accepted' };
}
