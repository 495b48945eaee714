/** OCPP 1.6: what is read from and set at a charger whose socket has come up. */
import type { Json } from '../../../domain/model/object.js';
import { isPayload } from '../../frames/frame.js';
import type { SendCommand, TargetConfiguration } from '../version.js';

/** Most telling first: the list is shortened from its end while the charger rejects it as a whole. */
const MEASURANDS = ['Energy.Active.Import.Register', 'Power.Active.Import', 'SoC', 'Voltage', 'Current.Import'];

/** The default of many chargers, 3, loses sessions in long outages. */
const MIN_MESSAGE_ATTEMPTS = 5;

/**
 * Reads all keys, then sets those that differ. `RebootRequired` counts as done, a rejected key is left as it is.
 * @unit   Seconds for the sample interval.
 * @shape  Answers key → value; keys without a value are left out. `undefined` when the charger did not say.
 * @source OCPP 1.6 §5.3, §5.8, §9.1
 */
export async function configure(
  ask: SendCommand,
  wanted: TargetConfiguration,
): Promise<{ readonly [key: string]: string } | undefined> {
  // Without a list of keys: some chargers answer completely only then.
  const answer = await ask({ type: 'get-configuration' });
  if (answer.kind === 'unknown' || answer.kind === 'not-sent') return undefined;
  const known = answer.kind === 'answered' ? readKeys(answer.payload) : undefined;

  await setIfDifferent(
    ask,
    'MeterValueSampleInterval',
    String(wanted.sampleIntervalS),
    known?.['MeterValueSampleInterval'],
  );
  await setMeasurands(ask, known?.['MeterValuesSampledData']);
  const attempts = Number(known?.['TransactionMessageAttempts'] ?? 0);
  if (!(attempts >= MIN_MESSAGE_ATTEMPTS))
    await setIfDifferent(ask, 'TransactionMessageAttempts', String(MIN_MESSAGE_ATTEMPTS), undefined);
  return known;
}

async function setMeasurands(ask: SendCommand, current: string | undefined): Promise<void> {
  const held = new Set(current?.split(',').map((measurand) => measurand.trim()));
  for (let count = MEASURANDS.length; count > 0; count -= 1) {
    const list = MEASURANDS.slice(0, count);
    if (list.every((measurand) => held.has(measurand))) return;
    if ((await setIfDifferent(ask, 'MeterValuesSampledData', list.join(','), current)) !== 'Rejected') return;
  }
}

async function setIfDifferent(
  ask: SendCommand,
  key: string,
  value: string,
  current: string | undefined,
): Promise<string | undefined> {
  if (current === value) return undefined;
  const answer = await ask({ type: 'change-configuration', key, value });
  return answer.kind === 'answered' ? answer.status : undefined;
}

function readKeys(payload: Json): { readonly [key: string]: string } {
  const keys: { [key: string]: string } = Object.create(null);
  const list = isPayload(payload) ? payload['configurationKey'] : undefined;
  if (!Array.isArray(list)) return keys;
  const entries: readonly Json[] = list;
  for (const entry of entries) {
    if (!isPayload(entry)) continue;
    const { key, value } = entry;
    if (typeof key === 'string' && typeof value === 'string') keys[key] = value;
  }
  return keys;
}
