/** Reads an OCPP 2.x station's variables after it connects, and sets those on which sessions depend. */
import type { SendCommand, TargetConfiguration } from '../version.js';
import { readVariables } from './variables.js';

/** Sorted from most to least useful, because the list is shortened from its end while the station rejects it. */
const MEASURANDS = ['Energy.Active.Import.Register', 'Power.Active.Import', 'SoC', 'Voltage', 'Current.Import'];
const ENERGY_REGISTER = 'Energy.Active.Import.Register';

/** Many stations default to 3 attempts, which may lose sessions in long outages. */
const MIN_MESSAGE_ATTEMPTS = 5;

const UPDATED_MEASURANDS = 'SampledDataCtrlr.TxUpdatedMeasurands';
const UPDATED_INTERVAL = 'SampledDataCtrlr.TxUpdatedInterval';
const STARTED_MEASURANDS = 'SampledDataCtrlr.TxStartedMeasurands';
const ENDED_MEASURANDS = 'SampledDataCtrlr.TxEndedMeasurands';
const STOP_ON_INVALID = 'TxCtrlr.StopTxOnInvalidId';
const MESSAGE_ATTEMPTS = 'OCPPCommCtrlr.MessageAttempts[TransactionEvent]';

/**
 * How many variables one GetVariables requests: few enough for stations with a low
 * `DeviceDataCtrlr.ItemsPerMessage[GetVariables]`.
 */
const VARIABLES_PER_REQUEST = 4;

/** Variables that affect how sessions run. */
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
 * Reads the variables that affect how sessions run, then changes those that differ from what we need. A rejected
 * variable keeps its value.
 * @unit   Seconds for the sample interval.
 * @shape  Maps keys (`Component.Variable`) to values as read. `undefined` if a read request was not sent or not
 *         answered; variables whose request was answered with an error are absent.
 * @source OCPP 2.0.1 B05, B06, part 2 appendix 3
 */
export async function configure(
  sendCommand: SendCommand,
  { sampleIntervalS }: TargetConfiguration,
): Promise<{ readonly [key: string]: string } | undefined> {
  const current: { [key: string]: string } = {};
  for (let from = 0; from < VARIABLES_TO_READ.length; from += VARIABLES_PER_REQUEST) {
    const keys = VARIABLES_TO_READ.slice(from, from + VARIABLES_PER_REQUEST);
    const answer = await sendCommand({ type: 'get-configuration', keys });
    if (answer.kind === 'unknown' || answer.kind === 'not-sent') return undefined;
    if (answer.kind === 'answered') Object.assign(current, readVariables(answer.payload));
  }

  const set = async (key: string, value: string): Promise<string | undefined> => {
    if (current[key] === value) return undefined;
    const result = await sendCommand({ type: 'change-configuration', key, value });
    return result.kind === 'answered' ? result.status : undefined;
  };
  await set(UPDATED_INTERVAL, String(sampleIntervalS));
  for (let count = MEASURANDS.length; count > 0; count -= 1) {
    const list = MEASURANDS.slice(0, count);
    if (includesAll(current[UPDATED_MEASURANDS], list)) break;
    if ((await set(UPDATED_MEASURANDS, list.join(','))) !== 'Rejected') break;
  }
  // The bill is based on the registers at the start and the end.
  for (const key of [STARTED_MEASURANDS, ENDED_MEASURANDS])
    if (!includesAll(current[key], [ENERGY_REGISTER])) await set(key, ENERGY_REGISTER);
  await set(STOP_ON_INVALID, 'true');
  if (!(Number(current[MESSAGE_ATTEMPTS] ?? 0) >= MIN_MESSAGE_ATTEMPTS))
    await set(MESSAGE_ATTEMPTS, String(MIN_MESSAGE_ATTEMPTS));
  return current;
}

function includesAll(current: string | undefined, measurands: readonly string[]): boolean {
  const sampled = new Set(current?.split(',').map((measurand) => measurand.trim()));
  return measurands.every((measurand) => sampled.has(measurand));
}
