/** Picks what a trial orders, and says what it leaves out. */
import { formatMinor } from '../../domain/model/money.js';
import type { Choice } from '../buyer-app/request-messages.js';
import { TrialError, type OpenedTrial, type TrialPlace } from './trial-api.js';

/** The amount that a trial orders, in the currency's major unit. */
const SMALL_AMOUNT = 20;
/** Decimal places of a time in minutes: enough to round it to the right second. */
const DIGITS = 4;
/** The state of charge of the simulated car on arrival, percent. */
const SOC_ON_ARRIVAL = 30;

interface TrialOrder {
  readonly option: Choice['option'];
  /** The state of charge with which a simulated car arrives, percent. */
  readonly socOnArrival: number;
}

/**
 * Picks an option that the connector sells: energy or time for about `sessionS` seconds, a small amount, or a state of
 * charge 1 % above the simulated car's. A real car's state of charge is not known, so the highest on sale is ordered.
 * @errors TrialError if the connector sells no option.
 */
export function orderFor(
  { options, maxPowerW, connectorId, chargePointId, currency }: TrialPlace,
  { sessionS, isSimulated }: { readonly sessionS: number; readonly isSimulated: boolean },
): TrialOrder {
  const { energy, time, amount, soc } = options;
  const order = (code: Choice['option']['code'], value: string, socOnArrival = SOC_ON_ARRIVAL): TrialOrder => ({
    option: { code, value },
    socOnArrival,
  });
  // With its unit, a value means the same whatever unit the bridge expects, and is not refused as implausibly small.
  if (energy !== undefined) {
    const wh = Math.min(energy, Math.ceil((maxPowerW * sessionS) / 3600));
    return order('units', `${wh / 1000} kWh`);
  }
  if (time !== undefined) return order('time', `${Number((Math.min(time, sessionS) / 60).toFixed(DIGITS))} min`);
  if (amount !== undefined) {
    const major = Math.min(Number(formatMinor(amount, currency)), SMALL_AMOUNT);
    return order('amount', String(major));
  }
  if (soc !== undefined) {
    const target = isSimulated ? Math.min(soc, SOC_ON_ARRIVAL + 1) : soc;
    return order('soc', String(target), target - 1);
  }
  throw new TrialError(`Connector ${connectorId} of ${chargePointId} offers nothing that can be ordered.`);
}

/** Says which payment models the trial leaves untried, and why; `undefined` if there are none. */
export function describeUntried({ model, untried }: OpenedTrial['payment']): string | undefined {
  if (untried.length === 0) return undefined;
  return (
    `Not tried: payment by ${untried.join(', ')}. A trial moves no money: it asks no payment provider and makes no ` +
    `payment link. Its buyer app pays by ${model}, which means that it claims to have collected the money.`
  );
}

/** Says why the charge point is simulated, and under which name it appears in the messages. */
export function describeSimulated(
  { connector, simulate }: { readonly connector: string; readonly simulate: boolean },
  chargePointId: string,
): string {
  const reason = simulate ? 'because of --simulate' : `because no charger is connected at ${connector}`;
  return `Simulated as ${chargePointId}, ${reason}.`;
}
