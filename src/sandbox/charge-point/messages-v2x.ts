/** OCPP 2.0.1 and 2.1 as a charging station says them. One EVSE for each connector. OCPP 2.0.1 part 2, E, G. */
import type { ConnectorStatus } from './charge-point-options.js';
import { toMeterValue, type MeterReading, type ReadingContext } from './device/meter-values.js';
import type { Payload } from './device/ocpp-client.js';
import type { StopReason } from './connector.js';
import { createStationCalls } from './calls-v2x.js';
import type { ConnectorPosition, ProtocolMessages } from './protocol-messages.js';

/** Five states; what goes on at an occupied connector is the transaction's to say. */
function connectorStatusOf({ status, pluggedIn: plugged }: ConnectorPosition): string {
  const own: readonly ConnectorStatus[] = ['Reserved', 'Unavailable', 'Faulted'];
  return own.includes(status) ? status : plugged ? 'Occupied' : 'Available';
}

const STOP_REASONS: { readonly [R in StopReason]: readonly [reason: string, trigger: string] } = {
  DeAuthorized: ['DeAuthorized', 'Deauthorized'],
  EVDisconnected: ['EVDisconnected', 'EVCommunicationLost'],
  HardReset: ['ImmediateReset', 'ResetCommand'],
  Local: ['Local', 'StopAuthorized'],
  Other: ['Other', 'AbnormalCondition'],
  PowerLoss: ['PowerLoss', 'AbnormalCondition'],
  Reboot: ['Reboot', 'AbnormalCondition'],
  Remote: ['Remote', 'RemoteStop'],
  SoftReset: ['ImmediateReset', 'ResetCommand'],
};

/** Numbers, and their unit in an object of its own. */
function toSampledValues(reading: MeterReading, measurands: readonly string[], context: ReadingContext): Payload[] {
  const { timestamp, sampledValue } = toMeterValue(reading, measurands, context);
  if (sampledValue.length === 0) return [];
  const values = sampledValue.map(({ value, unit, ...rest }) => ({
    ...rest,
    value: Number(value),
    unitOfMeasure: { unit },
  }));
  return [{ timestamp, sampledValue: values }];
}

function isAccepted(answer: Payload): boolean {
  const info = answer.idTokenInfo;
  return typeof info === 'object' && info !== null && 'status' in info && info.status === 'Accepted';
}

const idToken = (idTag: string): Payload => ({ idToken: idTag, type: 'Central' });

export function v2xMessages(version: '2.0.1' | '2.1'): ProtocolMessages {
  return {
    subprotocol: `ocpp${version}`,
    boot: ({ vendor, model, serial }) => ({
      reason: 'PowerUp',
      chargingStation: {
        vendorName: vendor,
        model,
        serialNumber: serial.slice(0, 25),
        firmwareVersion: '1.0.0',
      },
    }),
    authorize: (idTag) => ({ idToken: idToken(idTag) }),
    isAccepted,
    statusNotification(place, timestamp) {
      const { connectorId } = place;
      const word = connectorStatusOf(place);
      const payload = { evseId: connectorId, connectorId: 1, connectorStatus: word, timestamp };
      return connectorId === 0 ? undefined : { status: word, payload };
    },
    meterValues(connectorId, reading, keys) {
      const values = toSampledValues(reading, keys.list('MeterValuesSampledData'), 'Trigger');
      return { action: 'MeterValues', payload: () => ({ evseId: connectorId, meterValue: values }) };
    },
    startTransaction({
      connectorId,
      idTag,
      remoteStartId,
      reading,
      full,
      keys,
      random,
      enqueue,
      offline,
      onRefused: refused,
    }) {
      const transactionId = random.uuid();
      let seqNo = 0;
      let state = full ? 'SuspendedEV' : 'Charging';

      function tell(
        eventType: 'Started' | 'Updated' | 'Ended',
        triggerReason: string,
        at: number,
        more: { readonly info?: Payload; readonly values?: Payload[]; readonly rest?: Payload } = {},
        answered?: (answer: Payload) => void,
      ): void {
        const { info = {}, values = [], rest = {} } = more;
        const payload = {
          eventType,
          triggerReason,
          seqNo: seqNo++,
          timestamp: new Date(at).toISOString(),
          transactionInfo: { transactionId, ...info },
          ...(values.length > 0 ? { meterValue: values } : {}),
          ...(offline() ? { offline: true } : {}),
          ...rest,
        };
        enqueue({ action: 'TransactionEvent', payload: () => payload, ...(answered ? { onResult: answered } : {}) });
      }

      tell(
        'Started',
        remoteStartId === undefined ? 'Authorized' : 'RemoteStart',
        reading.at,
        {
          info: { chargingState: state, ...(remoteStartId === undefined ? {} : { remoteStartId }) },
          values: toSampledValues(reading, ['Energy.Active.Import.Register'], 'Transaction.Begin'),
          rest: { evse: { id: connectorId, connectorId: 1 }, idToken: idToken(idTag) },
        },
        (answer) => {
          if (!isAccepted(answer)) refused();
        },
      );
      return {
        id: () => transactionId,
        meterValues(sample, context) {
          const trigger = context === 'Trigger' ? 'Trigger' : 'MeterValuePeriodic';
          const values = toSampledValues(sample, keys.list('MeterValuesSampledData'), context);
          tell('Updated', trigger, sample.at, { values, info: { chargingState: state } });
        },
        chargingState(status, sample) {
          if (status === state) return;
          state = status;
          tell('Updated', 'ChargingStateChanged', sample.at, { info: { chargingState: status } });
        },
        end(last, reason) {
          const [stoppedReason, trigger] = STOP_REASONS[reason];
          const measurands = [...new Set(['Energy.Active.Import.Register', ...keys.list('StopTxnSampledData')])];
          const values = toSampledValues(last, measurands, 'Transaction.End');
          tell('Ended', trigger, last.at, { values, info: { stoppedReason, chargingState: 'EVConnected' } });
        },
      };
    },
    createCallHandler: createStationCalls,
  };
}
