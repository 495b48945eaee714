/** Builds the messages of an OCPP 1.6 charge point. @source OCPP 1.6 §4. */
import { valueAt } from '../runtime/json.js';
import { createV16CallHandler } from './calls-v16.js';
import type { StopReason } from './charge-point-options.js';
import { toMeterValue, type MeterReading, type ReadingContext } from './device/meter-values.js';
import type { Payload } from './device/ocpp-client.js';
import type { ProtocolMessages, TransactionMessages, TransactionStart } from './protocol-messages.js';

const isAccepted = (answer: Payload): boolean => valueAt(answer, 'idTagInfo', 'status') === 'Accepted';

export const v16Messages: ProtocolMessages = {
  subprotocol: 'ocpp1.6',
  boot: ({ vendor, model, serial }) => ({
    chargePointVendor: vendor,
    chargePointModel: model,
    chargePointSerialNumber: serial.slice(0, 25),
    firmwareVersion: '1.0.0',
  }),
  authorize: (idTag) => ({ idTag }),
  isAccepted,
  statusNotification({ connectorId, status }, timestamp) {
    const errorCode = status === 'Faulted' ? 'OtherError' : 'NoError';
    return { status, payload: { connectorId, errorCode, status, timestamp } };
  },
  meterValues(connectorId, reading, keys) {
    const meterValue = toMeterValue(reading, keys.list('MeterValuesSampledData'), 'Trigger');
    return { action: 'MeterValues', payload: () => ({ connectorId, meterValue: [meterValue] }) };
  },
  startTransaction: (start) => new V16Transaction(start),
  createCallHandler: createV16CallHandler,
};

/**
 * Queues the messages of a transaction. The transaction id is filled in on sending, because the central system assigns
 * it.
 */
class V16Transaction implements TransactionMessages {
  readonly #start: TransactionStart;
  #id: number | undefined;

  constructor(start: TransactionStart) {
    this.#start = start;
    const { connectorId, idTag, reading, onRefused } = start;
    const meterStart = Math.floor(reading.registerWh);
    const timestamp = new Date(reading.at).toISOString();
    start.enqueue({
      action: 'StartTransaction',
      payload: () => ({ connectorId, idTag, meterStart, timestamp }),
      onResult: (answer) => {
        this.#id = typeof answer.transactionId === 'number' ? answer.transactionId : undefined;
        if (!isAccepted(answer)) onRefused();
      },
    });
  }

  id(): number | undefined {
    return this.#id;
  }

  meterValues(reading: MeterReading, context: ReadingContext): void {
    const { connectorId, keys } = this.#start;
    const meterValue = toMeterValue(reading, keys.list('MeterValuesSampledData'), context);
    this.#start.enqueue({
      action: 'MeterValues',
      payload: () => ({ connectorId, transactionId: this.#id ?? -1, meterValue: [meterValue] }),
    });
  }

  /** Does nothing, because in 1.6 the StatusNotification carries the charging state. */
  chargingState(): void {}

  end(reading: MeterReading, reason: StopReason): void {
    const { idTag, keys } = this.#start;
    const meterValue = toMeterValue(reading, keys.list('StopTxnSampledData'), 'Transaction.End');
    const payload = {
      idTag,
      meterStop: Math.floor(reading.registerWh),
      timestamp: meterValue.timestamp,
      reason,
      ...(meterValue.sampledValue.length > 0 ? { transactionData: [meterValue] } : {}),
    };
    this.#start.enqueue({
      action: 'StopTransaction',
      payload: () => ({ transactionId: this.#id ?? -1, ...payload }),
    });
  }
}
