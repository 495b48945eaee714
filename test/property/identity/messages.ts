/** The messages of a charger about a transaction, in both versions. */
import type { ChargerEvent, TransactionEvent } from '../../../src/ports/charger-events.js';
import type { PhysicalTransaction } from './physical.js';
import type { Firmware, StopForm } from './scenario-steps.js';

/**
 * The content of a message apart from its transaction.
 * @unit Epoch ms by the charger's clock; Wh.
 */
export interface Facts {
  readonly at: number;
  readonly registerWh?: number;
  readonly offline: boolean;
  readonly seqNo: number;
}

const rawOf = (at: number, registerWh: number | undefined): string =>
  JSON.stringify(registerWh === undefined ? [] : [{ at, registerWh }]);

export function withEcho(idTag: string, { echo }: Firmware): string {
  if (echo === 'lower') return idTag.toLowerCase();
  return echo === 'longer' ? `${idTag}00` : idTag;
}

export function start16(transaction: PhysicalTransaction, firmware: Firmware, facts: Facts): ChargerEvent {
  const { driver, connector } = transaction;
  const omitsTag = driver.kind === 'order' && (firmware.omits === 'names' || firmware.omits === 'all');
  return {
    type: 'transaction-started',
    connectorId: connector.id,
    idTag: driver.kind === 'nobody' || omitsTag ? '' : withEcho(driver.idTag, firmware),
    meterStartWh: facts.registerWh ?? 0,
    at: facts.at,
    raw: '{}',
  };
}

export function reading16(transaction: PhysicalTransaction, firmware: Firmware, facts: Facts): ChargerEvent {
  const { at, registerWh = 0 } = facts;
  const { wireId, connector } = transaction;
  return {
    type: 'meter-sampled',
    connectorId: connector.id,
    ...(firmware.namesTransaction && { transactionId: wireId ?? '-1' }),
    samples: [{ at, registerWh }],
    raw: rawOf(at, registerWh),
  };
}

/** @param previousId The number of the previous transaction. */
export function stop16(
  transaction: PhysicalTransaction,
  firmware: Firmware,
  facts: Facts,
  { form, reason, previousId = '99999' }: { form: StopForm; reason: string; previousId?: string | undefined },
): ChargerEvent {
  const { driver, wireId = '-1' } = transaction;
  const numbers: { readonly [F in StopForm]: string } = {
    right: wireId,
    'no-tag': wireId,
    'minus-one': '-1',
    zero: '0',
    'wrong-number': '99999',
    neither: '-1',
    'previous-number': previousId,
  };
  const hasTag = form !== 'no-tag' && form !== 'neither' && driver.kind !== 'nobody';
  return {
    type: 'transaction-stopped',
    transactionId: numbers[form],
    ...(hasTag && { idTag: withEcho(driver.idTag, firmware) }),
    ...(facts.registerWh !== undefined && { meterStopWh: facts.registerWh }),
    at: facts.at,
    reason,
    samples: [],
    raw: '{}',
  };
}

/** A 2.x event; `more` holds the fields of its kind. */
export function event201(
  transaction: PhysicalTransaction,
  { at, registerWh, offline, seqNo }: Facts,
  more: Pick<TransactionEvent, 'eventType' | 'triggerReason'> & Partial<TransactionEvent>,
): ChargerEvent {
  return {
    type: 'transaction-event',
    transactionId: transaction.wireId ?? '',
    seqNo,
    offline,
    samples: registerWh === undefined ? [] : [{ at, registerWh }],
    at,
    raw: rawOf(at, registerWh),
    ...more,
  };
}
