/** The meter readings of a simulated charger. */
import type { Charger } from './charger.js';
import type { Session, SimulatedConnector } from './connector.js';

const ALIGNED_MS = 300_000;

const register = (value: number, context: string): object => ({
  value: String(value),
  measurand: 'Energy.Active.Import.Register',
  unit: 'Wh',
  context,
});

/**
 * Sends a reading of the running session, unless there is none or the charger sends no readings. Sometimes the register
 * is reset first.
 */
export function sendMeterValues(charger: Charger, connector: SimulatedConnector): void {
  const { session } = connector;
  const { habits } = charger;
  if (!session || habits.silent) return;
  const { faults, random, time } = charger.environment;
  if (session.samples > 2 && faults.strikes('meter-reset', random, 0.04)) connector.resetRegister();
  session.samples += 1;
  const shown = connector.registerWh();
  const counted = charger.relativeMeter ? connector.deliveredWh() - session.deliveredAtReset : shown;
  const value = habits.zeroFirst && session.samples === 1 ? 0 : counted;
  const soc = Math.min(100, session.soc + Math.floor((time.now() - session.startedAt) / 60_000));
  const powerW = Math.round(connector.currentPowerW());
  const timestamp = charger.now();
  const numbered = !faults.strikes('samples-unnumbered', random, 0.1);
  const rest = [
    { value: String(powerW), measurand: 'Power.Active.Import', unit: 'W' },
    { value: String(soc), measurand: 'SoC', unit: 'Percent' },
  ];
  const sampledValue = [register(value, 'Sample.Periodic'), ...(habits.registerOnly ? [] : rest)];
  charger.callQueue.add({
    action: 'MeterValues',
    persistent: true,
    payload: () => ({
      connectorId: connector.id,
      ...(numbered && { transactionId: session.transaction ?? -1 }),
      meterValue: [{ timestamp, sampledValue }],
    }),
  });
}

/**
 * Sends the registers of all connectors every five minutes, with or without a session, unless the charger is off,
 * counts from the beginning of each session, or sends no readings.
 */
export function scheduleAlignedValues(charger: Charger): void {
  charger.environment.time.after(ALIGNED_MS, () => {
    scheduleAlignedValues(charger);
    if (!charger.powered || charger.relativeMeter || charger.habits.silent) return;
    for (const connector of charger.connectors) {
      const meterValue = [
        { timestamp: charger.now(), sampledValue: [register(connector.registerWh(), 'Sample.Clock')] },
      ];
      charger.callQueue.add({
        action: 'MeterValues',
        persistent: false,
        payload: () => ({ connectorId: connector.id, meterValue }),
      });
    }
  });
}

/** The car stops taking energy when full, and its driver returns after a while. */
export function suspendWhenFull(charger: Charger, connector: SimulatedConnector, session: Session): void {
  const { time, random } = charger.environment;
  if (session.full || connector.deliveredWh() - session.deliveredAtStart < session.capacityWh) return;
  session.full = true;
  connector.setFlowing(false);
  charger.reportStatus(connector, 'SuspendedEV');
  time.after(random.between(60_000, 600_000), () => {
    if (connector.session === session) charger.endTransaction(connector, 'EVDisconnected');
  });
}
