/** OCPP 2.0.1 and 2.1 as a charging station says them. One EVSE for each connector. OCPP 2.0.1 part 2, E, G. */
import type { ConnectorStatusWord } from './charge-point-options.js';
import { meterValue, type Reading, type ReadingContext } from './device/meter-values.js';
import type { Payload } from './device/ocpp-client.js';
import type { StopReasonWord } from './connector.js';
import { createStationCalls } from './calls-v2x.js';
import type { Place, Talk } from './protocol-messages.js';

/** Five states; what goes on at an occupied connector is the transaction's to say. */
function wordOf({ status, plugged }: Place): string {
  const own: readonly ConnectorStatusWord[] = ['Reserved', 'Unavailable', 'Faulted'];
  return own.includes(status) ? status : plugged ? 'Occupied' : 'Available';
}

const REASONS: { readonly [R in StopReasonWord]: readonly [reason: string, trigger: string] } = {
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
function sampled(reading: Reading, measurands: readonly string[], context: ReadingContext): Payload[] {
  const { timestamp, sampledValue } = meterValue(reading, measurands, context);
  if (sampledValue.length === 0) return [];
  const values = sampledValue.map(({ value, unit, ...rest }) => ({
    ...rest,
    value: Number(value),
    unitOfMeasure: { unit },
  }));
  return [{ timestamp, sampledValue: values }];
}

function admits(answer: Payload): boolean {
  const info = answer.idTokenInfo;
  return typeof info === 'object' && info !== null && 'status' in info && info.status === 'Accepted';
}

const token = (idTag: string): Payload => ({ idToken: idTag, type: 'Central' });

export function talk2(version: '2.0.1' | '2.1'): Talk {
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
    authorize: (idTag) => ({ idToken: token(idTag) }),
    admits,
    status(place, timestamp) {
      const { connectorId } = place;
      const word = wordOf(place);
      const payload = { evseId: connectorId, connectorId: 1, connectorStatus: word, timestamp };
      return connectorId === 0 ? undefined : { word, payload };
    },
    idle(connectorId, reading, keys) {
      const values = sampled(reading, keys.list('MeterValuesSampledData'), 'Trigger');
      return { action: 'MeterValues', payload: () => ({ evseId: connectorId, meterValue: values }) };
    },
    begin({ connectorId, idTag, remoteStartId, reading, full, keys, random, enqueue, offline, refused }) {
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
        enqueue({ action: 'TransactionEvent', payload: () => payload, ...(answered ? { answered } : {}) });
      }

      tell(
        'Started',
        remoteStartId === undefined ? 'Authorized' : 'RemoteStart',
        reading.at,
        {
          info: { chargingState: state, ...(remoteStartId === undefined ? {} : { remoteStartId }) },
          values: sampled(reading, ['Energy.Active.Import.Register'], 'Transaction.Begin'),
          rest: { evse: { id: connectorId, connectorId: 1 }, idToken: token(idTag) },
        },
        (answer) => {
          if (!admits(answer)) refused();
        },
      );
      return {
        id: () => transactionId,
        sampled(sample, context) {
          const trigger = context === 'Trigger' ? 'Trigger' : 'MeterValuePeriodic';
          const values = sampled(sample, keys.list('MeterValuesSampledData'), context);
          tell('Updated', trigger, sample.at, { values, info: { chargingState: state } });
        },
        state(status, sample) {
          if (status === state) return;
          state = status;
          tell('Updated', 'ChargingStateChanged', sample.at, { info: { chargingState: status } });
        },
        ended(last, reason) {
          const [stoppedReason, trigger] = REASONS[reason];
          const measurands = [...new Set(['Energy.Active.Import.Register', ...keys.list('StopTxnSampledData')])];
          const values = sampled(last, measurands, 'Transaction.End');
          tell('Ended', trigger, last.at, { values, info: { stoppedReason, chargingState: 'EVConnected' } });
        },
      };
    },
    calls: createStationCalls,
  };
}
