/** OCPP 2.x: what is read from and set at a station whose socket has come up. */
import { readVariables } from './variables.js';
import type { SendCommand, TargetConfiguration } from '../version.js';

/** Most telling first: the list is shortened from its end while the station rejects it as a whole. */
const MEASURANDS = ['Energy.Active.Import.Register', 'Power.Active.Import', 'SoC', 'Voltage', 'Current.Import'];
const ENERGY_REGISTER = 'Energy.Active.Import.Register';

/** The default of many stations, 3, loses sessions in long outages. */
const MIN_MESSAGE_ATTEMPTS = 5;

const UPDATED_MEASURANDS = 'SampledDataCtrlr.TxUpdatedMeasurands';
const UPDATED_INTERVAL = 'SampledDataCtrlr.TxUpdatedInterval';
const STARTED_MEASURANDS = 'SampledDataCtrlr.TxStartedMeasurands';
const ENDED_MEASURANDS = 'SampledDataCtrlr.TxEndedMeasurands';
const STOP_ON_INVALID = 'TxCtrlr.StopTxOnInvalidId';
const MESSAGE_ATTEMPTS = 'OCPPCommCtrlr.MessageAttempts[TransactionEvent]';

/** Few enough for the smallest `DeviceDataCtrlr.ItemsPerMessage[GetVariables]` that stations have. */
const VARIABLES_PER_REQUEST = 4;

/** What decides how sessions go here. */
const VARIABLES_TO_READ = [
  UPDATED_MEASURANDS,
  UPDATED_INTERVAL,
  STARTED_MEASURANDS,
  ENDED_MEASURANDS,
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
  ask: SendCommand,
  wanted: TargetConfiguration,
): Promise<{ readonly [key: string]: string } | undefined> {
  const known: { [key: string]: string } = {};
  for (let from = 0; from < VARIABLES_TO_READ.length; from += VARIABLES_PER_REQUEST) {
    const answer = await ask({
      type: 'get-configuration',
      keys: VARIABLES_TO_READ.slice(from, from + VARIABLES_PER_REQUEST),
    });
    if (answer.kind === 'unknown' || answer.kind === 'not-sent') return undefined;
    if (answer.kind === 'answered') Object.assign(known, readVariables(answer.payload));
  }

  const set = async (key: string, value: string): Promise<string | undefined> => {
    if (known[key] === value) return undefined;
    const answer = await ask({ type: 'change-configuration', key, value });
    return answer.kind === 'answered' ? answer.status : undefined;
  };
  await set(UPDATED_INTERVAL, String(wanted.sampleIntervalS));
  for (let count = MEASURANDS.length; count > 0; count -= 1) {
    const list = MEASURANDS.slice(0, count);
    if (includesAll(known[UPDATED_MEASURANDS], list) || (await set(UPDATED_MEASURANDS, list.join(','))) !== 'Rejected')
      break;
  }
  // What a transaction is billed by: the register at its two ends.
  for (const key of [STARTED_MEASURANDS, ENDED_MEASURANDS])
    if (!includesAll(known[key], [ENERGY_REGISTER])) await set(key, ENERGY_REGISTER);
  await set(STOP_ON_INVALID, 'true');
  if (!(Number(known[MESSAGE_ATTEMPTS] ?? 0) >= MIN_MESSAGE_ATTEMPTS))
    await set(MESSAGE_ATTEMPTS, String(MIN_MESSAGE_ATTEMPTS));
  return known;
}

function includesAll(current: string | undefined, wanted: readonly string[]): boolean {
  const held = new Set(current?.split(',').map((measurand) => measurand.trim()));
  return wanted.every((measurand) => held.has(measurand));
}
