/** Reads an OCPP 1.6 charger's configuration after it connects, and sets the keys on which sessions depend. */
import type { Json } from '../../../domain/model/object.js';
import { isPayload, objectsOf, textOf } from '../../frames/payload.js';
import type { SendCommand, TargetConfiguration } from '../version.js';

/** Sorted from most to least useful, because the list is shortened from its end while the charger rejects it. */
const MEASURANDS = ['Energy.Active.Import.Register', 'Power.Active.Import', 'SoC', 'Voltage', 'Current.Import'];

/** Many chargers default to 3 attempts, which may lose sessions in long outages. */
const MIN_MESSAGE_ATTEMPTS = 5;

/**
 * Reads all keys, then changes those that differ from what we need. A rejected key keeps its value. If the charger
 * answers the request with an error, the keys are set nevertheless; if it does not answer, none is set.
 * @unit   Seconds for the sample interval.
 * @shape  Maps keys to values as read; keys without a value are absent. `undefined` if the configuration could not be
 *         read.
 * @source OCPP 1.6 §5.3, §5.8, §9.1
 */
export async function configure(
  sendCommand: SendCommand,
  { sampleIntervalS }: TargetConfiguration,
): Promise<{ readonly [key: string]: string } | undefined> {
  // Some chargers give a complete answer only if no keys are listed.
  const answer = await sendCommand({ type: 'get-configuration' });
  if (answer.kind === 'unknown' || answer.kind === 'not-sent') return undefined;
  const current = answer.kind === 'answered' ? readKeys(answer.payload) : undefined;

  const set = async (key: string, value: string): Promise<string | undefined> => {
    if (current?.[key] === value) return undefined;
    const result = await sendCommand({ type: 'change-configuration', key, value });
    return result.kind === 'answered' ? result.status : undefined;
  };
  await set('MeterValueSampleInterval', String(sampleIntervalS));
  await setMeasurands(set, current?.['MeterValuesSampledData']);
  if (!(Number(current?.['TransactionMessageAttempts'] ?? 0) >= MIN_MESSAGE_ATTEMPTS))
    await set('TransactionMessageAttempts', String(MIN_MESSAGE_ATTEMPTS));
  return current;
}

async function setMeasurands(
  set: (key: string, value: string) => Promise<string | undefined>,
  current: string | undefined,
): Promise<void> {
  const sampled = new Set(current?.split(',').map((measurand) => measurand.trim()));
  for (let count = MEASURANDS.length; count > 0; count -= 1) {
    const list = MEASURANDS.slice(0, count);
    if (list.every((measurand) => sampled.has(measurand))) return;
    if ((await set('MeterValuesSampledData', list.join(','))) !== 'Rejected') return;
  }
}

function readKeys(payload: Json): { readonly [key: string]: string } {
  const keys: { [key: string]: string } = Object.create(null);
  for (const entry of isPayload(payload) ? objectsOf(payload, 'configurationKey') : []) {
    const key = textOf(entry, 'key');
    const value = textOf(entry, 'value');
    if (key !== undefined && value !== undefined) keys[key] = value;
  }
  return keys;
}
