/** OCPP 1.6 as a charge point says it. OCPP 1.6 §4. */
import { createChargerCalls } from './calls-v16.js';
import { meterValue, type ReadingContext } from './device/meter-values.js';
import type { Payload } from './device/ocpp-client.js';
import type { Talk } from './protocol-messages.js';

function admits(answer: Payload): boolean {
  const info = answer.idTagInfo;
  return typeof info === 'object' && info !== null && 'status' in info && info.status === 'Accepted';
}

export const talk16: Talk = {
  subprotocol: 'ocpp1.6',
  boot: ({ vendor, model, serial }) => ({
    chargePointVendor: vendor,
    chargePointModel: model,
    chargePointSerialNumber: serial.slice(0, 25),
    firmwareVersion: '1.0.0',
  }),
  authorize: (idTag) => ({ idTag }),
  admits,
  status({ connectorId, status }, timestamp) {
    const errorCode = status === 'Faulted' ? 'OtherError' : 'NoError';
    return { word: status, payload: { connectorId, errorCode, status, timestamp } };
  },
  idle(connectorId, reading, keys) {
    const value = meterValue(reading, keys.list('MeterValuesSampledData'), 'Trigger');
    return { action: 'MeterValues', payload: () => ({ connectorId, meterValue: [value] }) };
  },
  begin({ connectorId, idTag, reading, keys, enqueue, refused }) {
    let id: number | undefined;
    const meterStart = Math.floor(reading.registerWh);
    const timestamp = new Date(reading.at).toISOString();
    enqueue({
      action: 'StartTransaction',
      payload: () => ({ connectorId, idTag, meterStart, timestamp }),
      answered(answer) {
        id = typeof answer.transactionId === 'number' ? answer.transactionId : undefined;
        if (!admits(answer)) refused();
      },
    });
    return {
      id: () => id,
      sampled(sample, context: ReadingContext) {
        const value = meterValue(sample, keys.list('MeterValuesSampledData'), context);
        enqueue({
          action: 'MeterValues',
          payload: () => ({ connectorId, transactionId: id ?? -1, meterValue: [value] }),
        });
      },
      // Its StatusNotification says it.
      state: () => undefined,
      ended(last, reason) {
        const data = meterValue(last, keys.list('StopTxnSampledData'), 'Transaction.End');
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
  calls: createChargerCalls,
};
