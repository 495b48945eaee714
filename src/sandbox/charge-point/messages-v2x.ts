/** Builds the messages of an OCPP 2.0.1 or 2.1 charging station with one EVSE per connector. */
import { valueAt } from '../runtime/json.js';
import { createV2xCallHandler } from './calls-v2x.js';
import type { ConnectorStatus, StopReason } from './charge-point-options.js';
import { toMeterValue, type MeterReading, type ReadingContext } from './device/meter-values.js';
import type { Payload } from './device/ocpp-client.js';
import type {
  ProtocolMessages,
  ReportedConnector,
  TransactionMessages,
  TransactionStart,
} from './protocol-messages.js';

const STOP_REASONS: { readonly [R in StopReason]: readonly [stoppedReason: string, triggerReason: string] } = {
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

const REGISTER = 'Energy.Active.Import.Register';

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
    authorize: (idTag) => ({ idToken: toIdToken(idTag) }),
    isAccepted,
    statusNotification(connector, timestamp) {
      const { connectorId } = connector;
      if (connectorId === 0) return undefined;
      const status = toConnectorStatus(connector);
      return { status, payload: { evseId: connectorId, connectorId: 1, connectorStatus: status, timestamp } };
    },
    meterValues(connectorId, reading, keys) {
      const meterValue = toMeterValues(reading, keys.list('MeterValuesSampledData'), 'Trigger');
      return { action: 'MeterValues', payload: () => ({ evseId: connectorId, meterValue }) };
    },
    startTransaction: (start) => new V2xTransaction(start),
    createCallHandler: createV2xCallHandler,
  };
}

class V2xTransaction implements TransactionMessages {
  readonly #start: TransactionStart;
  readonly #id: string;
  #seqNo = 0;
  #chargingState: 'Charging' | 'SuspendedEV' | 'SuspendedEVSE';

  constructor(start: TransactionStart) {
    this.#start = start;
    this.#id = start.random.uuid();
    this.#chargingState = start.batteryFull ? 'SuspendedEV' : 'Charging';
    const { connectorId, idTag, remoteStartId, reading } = start;
    this.#enqueue('Started', remoteStartId === undefined ? 'Authorized' : 'RemoteStart', reading.at, {
      info: { chargingState: this.#chargingState, ...(remoteStartId === undefined ? {} : { remoteStartId }) },
      meterValue: toMeterValues(reading, [REGISTER], 'Transaction.Begin'),
      fields: { evse: { id: connectorId, connectorId: 1 }, idToken: toIdToken(idTag) },
    });
  }

  id(): string {
    return this.#id;
  }

  meterValues(reading: MeterReading, context: ReadingContext): void {
    const measurands = this.#start.keys.list('MeterValuesSampledData');
    this.#enqueue('Updated', context === 'Trigger' ? 'Trigger' : 'MeterValuePeriodic', reading.at, {
      info: { chargingState: this.#chargingState },
      meterValue: toMeterValues(reading, measurands, context),
    });
  }

  chargingState(status: 'Charging' | 'SuspendedEV' | 'SuspendedEVSE', reading: MeterReading): void {
    if (status === this.#chargingState) return;
    this.#chargingState = status;
    this.#enqueue('Updated', 'ChargingStateChanged', reading.at, { info: { chargingState: status } });
  }

  end(reading: MeterReading, reason: StopReason): void {
    const [stoppedReason, triggerReason] = STOP_REASONS[reason];
    const measurands = [...new Set([REGISTER, ...this.#start.keys.list('StopTxnSampledData')])];
    this.#enqueue('Ended', triggerReason, reading.at, {
      info: { stoppedReason, chargingState: 'EVConnected' },
      meterValue: toMeterValues(reading, measurands, 'Transaction.End'),
    });
  }

  /** Queues one TransactionEvent. Only the answer to `Started` is checked for a refused token. */
  #enqueue(
    eventType: 'Started' | 'Updated' | 'Ended',
    triggerReason: string,
    at: number,
    content: { readonly info: Payload; readonly meterValue?: Payload[]; readonly fields?: Payload },
  ): void {
    const { info, meterValue = [], fields = {} } = content;
    const payload = {
      eventType,
      triggerReason,
      seqNo: this.#seqNo++,
      timestamp: new Date(at).toISOString(),
      transactionInfo: { transactionId: this.#id, ...info },
      ...(meterValue.length > 0 ? { meterValue } : {}),
      ...(this.#start.isOffline() ? { offline: true } : {}),
      ...fields,
    };
    const onResult = (answer: Payload): void => {
      if (!isAccepted(answer)) this.#start.onRefused();
    };
    this.#start.enqueue({
      action: 'TransactionEvent',
      payload: () => payload,
      ...(eventType === 'Started' ? { onResult } : {}),
    });
  }
}

const isAccepted = (answer: Payload): boolean => valueAt(answer, 'idTokenInfo', 'status') === 'Accepted';

const toIdToken = (idTag: string): Payload => ({ idToken: idTag, type: 'Central' });

/**
 * Converts a 1.6 status and the state of the cable to one of the five 2.x statuses. In 2.x, TransactionEvents report
 * the details of an occupied connector.
 */
function toConnectorStatus({ status, pluggedIn }: ReportedConnector): string {
  const sharedStatuses: readonly ConnectorStatus[] = ['Reserved', 'Unavailable', 'Faulted'];
  if (sharedStatuses.includes(status)) return status;
  return pluggedIn ? 'Occupied' : 'Available';
}

/**
 * Converts a reading to the 2.x form, in which values are numbers and the unit is an object.
 * @returns An empty array if none of the measurands has a value.
 */
function toMeterValues(reading: MeterReading, measurands: readonly string[], context: ReadingContext): Payload[] {
  const { timestamp, sampledValue } = toMeterValue(reading, measurands, context);
  if (sampledValue.length === 0) return [];
  const values = sampledValue.map(({ value, unit, ...rest }) => ({
    ...rest,
    value: Number(value),
    unitOfMeasure: { unit },
  }));
  return [{ timestamp, sampledValue: values }];
}
