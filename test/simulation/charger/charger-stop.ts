/** The StopTransaction of a simulated charge point, with the mistakes of its habits. */
import type { Charger } from './charger.js';
import type { Session, SimulatedConnector } from './connector.js';

/** @param session The session that has just ended on the connector. */
export function stopMessage(
  charger: Charger,
  connector: SimulatedConnector,
  session: Session,
  reason: string,
): { readonly action: string; readonly persistent: boolean; readonly payload: () => object } {
  const { habits, environment, relativeMeter } = charger;
  const { faults } = environment;
  const isCard = /^(?:CARD|STRANGER)/.test(session.tag);
  const isAnonymous = isCard && faults.strikes('tagless-stop', habits.random, 0.6);
  const inWholeKwh = Math.floor(connector.registerWh() / 1000);
  // Without a reading above zero, kWh can be told from Wh only if they are below the register at the start.
  const hasReading = session.samples > (habits.zeroFirst ? 1 : 0);
  const isRecognisable = hasReading || inWholeKwh < session.meterStart;
  const inKwh = habits.kwhAtEnd && !relativeMeter && isRecognisable;
  const meterStop = inKwh ? inWholeKwh : connector.registerWh();
  const timestamp = charger.now();
  const off = faults.strikes('wrong-number', habits.random, 0.3) ? habits.random.between(1, 3) : 0;
  const others = charger.connectors.flatMap((one) => (one.session ? [one.session] : []));
  /** The transactionId, known only after the start has been answered. Some chargers send another one. */
  const number = (): number => {
    const { transaction = -1 } = session;
    if (off === 0 || transaction <= 0) return transaction;
    // A charger may keep one number for all its connectors: that of the latest start.
    const other = isCard ? Math.max(...others.map((one) => one.transaction ?? -1)) : -1;
    return other > 0 && other !== transaction ? other : transaction + off;
  };
  return {
    action: 'StopTransaction',
    persistent: true,
    payload: () => ({
      transactionId: isAnonymous ? -1 : number(),
      ...(!isAnonymous && { idTag: session.tag }),
      meterStop,
      timestamp,
      reason,
    }),
  };
}
