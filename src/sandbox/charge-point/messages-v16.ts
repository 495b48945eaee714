/** OCPP 1.6 as a charge point says it. OCPP 1.6 §4. */
import { createChargerCalls } from './calls-v16.js';
import { toMeterValue, type ReadingContext } from './device/meter-values.js';
import type { Payload } from './device/ocpp-client.js';
import type { ProtocolMessages } from './protocol-messages.js';

function isAccepted(answer: Payload): boolean {
  const info = answer.idTagInfo;
  return typeof info === 'object' && info !== null && 'status' in info && info.status === 'Accepted';
}

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
    return { status: status, payload: { connectorId, errorCode, status, timestamp } };
  },
  meterValues(connectorId, reading, keys) {
    const value = toMeterValue(reading, keys.list('MeterValuesSampledData'), 'Trigger');
    return { action: 'MeterValues', payload: () => ({ connectorId, meterValue: [value] }) };
  },
  startTransaction({ connectorId, idTag, reading, keys, enqueue, onRefused: refused }) {
    let id: number | undefined;
    const meterStart = Math.floor(reading.registerWh);
    const timestamp = new Date(reading.at).toISOString();
    enqueue({
      action: 'StartTransaction',
      payload: () => ({ connectorId, idTag, meterStart, timestamp }),
      onResult(answer) {
        id = typeof answer.transactionId === 'number' ? answer.transactionId : undefined;
        if (!isAccepted(answer)) refused();
      },
    });
    return {
      id: () => id,
      meterValues(sample, context: ReadingContext) {
        const value = toMeterValue(sample, keys.list('MeterValuesSampledData'), context);
        enqueue({
          action: 'MeterValues',
          payload: () => ({ connectorId, transactionId: id ?? -1, meterValue: [value] }),
        });
      },
      // Its StatusNotification says it.
      chargingState: () => undefined,
      end(last, reason) {
        const data = toMeterValue(last, keys.list('StopTxnSampledData'), 'Transaction.End');
        const payload = {
          idTag,
          meterStop: Math.floor(last.registerWh),
          timestamp: data.timestamp,
          reason,
          ...(data.sampledValue.length > 0 ? { transactionData: [data] } : {}),
        };
        enqueue({ action: 'StopTransaction', payload: () => ({ transactionId: id ?? -1, ...payload }) });
      },
    };
  },
  createCallHandler: createChargerCalls,
};
