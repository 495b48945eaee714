/** OCPP 2.x: what is read from and set at a station whose socket has come up. */
import { readVariables } from './variables.js';
import type { Ask, WantedConfiguration } from '../version.js';

/** Most telling first: the list is shortened from its end while the station rejects it as a whole. */
const MEASURANDS = ['Energy.Active.Import.Register', 'Power.Active.Import', 'SoC', 'Voltage', 'Current.Import'];
const REGISTER = 'Energy.Active.Import.Register';

/** The default of many stations, 3, loses sessions in long outages. */
const ATTEMPTS = 5;

const SAMPLED = 'SampledDataCtrlr.TxUpdatedMeasurands';
const INTERVAL = 'SampledDataCtrlr.TxUpdatedInterval';
const STARTED = 'SampledDataCtrlr.TxStartedMeasurands';
const ENDED = 'SampledDataCtrlr.TxEndedMeasurands';
const STOP_ON_INVALID = 'TxCtrlr.StopTxOnInvalidId';
const MESSAGE_ATTEMPTS = 'OCPPCommCtrlr.MessageAttempts[TransactionEvent]';

/** Few enough for the smallest `DeviceDataCtrlr.ItemsPerMessage[GetVariables]` that stations have. */
const READ_AT_ONCE = 4;

/** What decides how sessions go here. */
const READ = [
  SAMPLED,
  INTERVAL,
  STARTED,
  ENDED,
  'SampledDataCtrlr.TxEndedInterval',
  'TxCtrlr.TxStartPoint',
  'TxCtrlr.TxStopPoint',
  'TxCtrlr.EVConnectionTimeOut',
  STOP_ON_INVALID,
  'TxCtrlr.StopTxOnEVSideDisconnect',
  'TxCtrlr.SupportedLimits',
  'TxCtrlr.ResumptionTimeout',
  'AuthCtrlr.AuthorizeRemoteStart',
  'OCPPCommCtrlr.HeartbeatInterval',
  'OCPPCommCtrlr.OfflineThreshold',
  MESSAGE_ATTEMPTS,
  'OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]',
  'SmartChargingCtrlr.Enabled',
  'SmartChargingCtrlr.RateUnit',
  'ReservationCtrlr.Enabled',
  'ReservationCtrlr.NonEvseSpecific',
];

/**
 * Reads the variables that decide how sessions go, then sets those that differ. `RebootRequired` counts as done, a
 * rejected one is left as it is.
 * @unit   Seconds for the sample interval.
 * @shape  Answers key → value (`Component.Variable`). `undefined` when the station did not say.
 * @source OCPP 2.0.1 B05, B06, part 2 appendix 3
 */
export async function configure(
  ask: Ask,
  wanted: WantedConfiguration,
): Promise<{ readonly [key: string]: string } | undefined> {
  const known: { [key: string]: string } = {};
  for (let from = 0; from < READ.length; from += READ_AT_ONCE) {
    const answer = await ask({ type: 'get-configuration', keys: READ.slice(from, from + READ_AT_ONCE) });
    if (answer.kind === 'unknown' || answer.kind === 'not-sent') return undefined;
    if (answer.kind === 'answered') Object.assign(known, readVariables(answer.payload));
  }

  const set = async (key: string, value: string): Promise<string | undefined> => {
    if (known[key] === value) return undefined;
    const answer = await ask({ type: 'change-configuration', key, value });
    return answer.kind === 'answered' ? answer.status : undefined;
  };
  await set(INTERVAL, String(wanted.sampleIntervalS));
  for (let count = MEASURANDS.length; count > 0; count -= 1) {
    const list = MEASURANDS.slice(0, count);
    if (holds(known[SAMPLED], list) || (await set(SAMPLED, list.join(','))) !== 'Rejected') break;
  }
  // What a transaction is billed by: the register at its two ends.
  for (const key of [STARTED, ENDED]) if (!holds(known[key], [REGISTER])) await set(key, REGISTER);
  await set(STOP_ON_INVALID, 'true');
  if (!(Number(known[MESSAGE_ATTEMPTS] ?? 0) >= ATTEMPTS)) await set(MESSAGE_ATTEMPTS, String(ATTEMPTS));
  return known;
}

function holds(current: string | undefined, wanted: readonly string[]): boolean {
  const held = new Set(current?.split(',').map((measurand) => measurand.trim()));
  return wanted.every((measurand) => held.has(measurand));
}
