/** The messages of a charger in every OCPP version. */
export type VersionName = '1.6' | '2.0.1' | '2.1';
/** The versions, plus 1.6 in object envelopes. */
export type WireFormat = VersionName | 'envelope';
export type Frame = readonly [
  action: string,
  payload: () => object,
  answered?: (payload: Record<string, unknown>) => void,
];
export type Flow = 'Charging' | 'SuspendedEV' | 'SuspendedEVSE';
export type End = 'Local' | 'EVDisconnected' | 'Remote' | 'PowerLoss' | 'EmergencyStop';

/** The messages of a charger with one connector. Registers are in Wh. */
export interface ChargerMessages {
  readonly subprotocol: string;
  boot(): Frame[];
  cableChanged(inserted: boolean): Frame[];
  transactionStarted(ask: StartRequest, registerWh: number): Frame[];
  chargingStateChanged(flow: Flow): Frame[];
  meterValues(registerWh: number, powerW: number): Frame[];
  transactionEnded(registerWh: number, reason: End): Frame[];
  /** Returns the answer to a call of the bridge, and the start or stop that the call requests. */
  respond(
    action: string,
    payload: Record<string, never>,
  ): { readonly answer: object; readonly requested?: StartRequest | 'stop' };
}

/** The framing of a wire format. */
export interface Framing {
  call(id: string, action: string, payload: object): object;
  result(id: string, answer: object): object;
  /** Reads a frame of the bridge: a call with its action, or an answer. */
  read(text: string): { readonly id: string; readonly action?: string; readonly payload: never };
  /** Whether message ids show which call an answer belongs to. */
  readonly uniqueIds: boolean;
}

const ARRAYS: Framing = {
  call: (id, action, payload) => [2, id, action, payload],
  result: (id, answer) => [3, id, answer],
  read(text) {
    const [type, id, third, fourth] = JSON.parse(text) as [number, string, never, never];
    return type === 2 ? { id, action: String(third), payload: fourth } : { id, payload: third };
  },
  uniqueIds: true,
};

/** Object envelopes: every message has the same id, and a status-only answer has no payload. */
const OBJECTS: Framing = {
  call: (_id, action, payload) => ({ messageId: '1234', action, payload }),
  result: (_id, answer) => ({ messageId: '1234', ...answer }),
  read(text) {
    const { messageId, action, payload } = JSON.parse(text) as { messageId: string; action?: string; payload: never };
    return { id: messageId, ...(action !== undefined && { action }), payload };
  },
  uniqueIds: false,
};

export const framingOf = (format: WireFormat): Framing => (format === 'envelope' ? OBJECTS : ARRAYS);

export interface StartRequest {
  readonly idTag: string;
  readonly remoteStartId: number;
}

export function chargerMessages(version: VersionName, now: () => number): ChargerMessages {
  return version === '1.6' ? messages16(now) : messages2(version, now);
}

function messages16(now: () => number): ChargerMessages {
  let transactionId: unknown;
  const time = (): string => new Date(now()).toISOString();
  const status = (statusName: string): Frame => {
    const payload = { connectorId: 1, errorCode: 'NoError', status: statusName, timestamp: time() };
    return ['StatusNotification', () => payload];
  };
  return {
    subprotocol: 'ocpp1.6',
    boot: () => [['BootNotification', () => ({ chargePointVendor: 'V', chargePointModel: 'M' })]],
    cableChanged: (inserted) => [status(inserted ? 'Preparing' : 'Available')],
    transactionStarted({ idTag }, meterStart) {
      const payload = { connectorId: 1, idTag, meterStart, timestamp: time() };
      const learn = (answer: Record<string, unknown>): void => {
        transactionId = answer['transactionId'];
      };
      return [['StartTransaction', () => payload, learn], status('Charging')];
    },
    chargingStateChanged: (flow) => [status(flow)],
    meterValues(registerWh, powerW) {
      const sampledValue = [
        { value: String(registerWh), unit: 'Wh' },
        { value: String(powerW), measurand: 'Power.Active.Import', unit: 'W' },
      ];
      const meterValue = [{ timestamp: time(), sampledValue }];
      return [['MeterValues', () => ({ connectorId: 1, transactionId, meterValue })]];
    },
    transactionEnded(meterStop, reason) {
      const payload = { meterStop, reason, timestamp: time() };
      return [['StopTransaction', () => ({ transactionId, ...payload })], status('Finishing')];
    },
    respond(action, { idTag }) {
      const answer = { status: 'Accepted' };
      if (action === 'RemoteStopTransaction') return { answer, requested: 'stop' };
      return action === 'RemoteStartTransaction'
        ? { answer, requested: { idTag: String(idTag), remoteStartId: 0 } }
        : { answer };
    },
  };
}

function messages2(version: '2.0.1' | '2.1', now: () => number): ChargerMessages {
  const transactionId = `tx-${version}`;
  let seqNo = 0;
  const time = (): string => new Date(now()).toISOString();
  const status = (connectorStatus: string): Frame => {
    const payload = { evseId: 1, connectorId: 1, connectorStatus, timestamp: time() };
    return ['StatusNotification', () => payload];
  };
  const transactionEvent = (
    eventType: string,
    triggerReason: string,
    info: object = {},
    fields: object = {},
  ): Frame => {
    const payload = {
      eventType,
      triggerReason,
      seqNo: seqNo++,
      timestamp: time(),
      transactionInfo: { transactionId, ...info },
      ...fields,
    };
    return ['TransactionEvent', () => payload];
  };
  const register = (value: number, context: string): object => ({
    meterValue: [{ timestamp: time(), sampledValue: [{ value, context, unitOfMeasure: { unit: 'Wh' } }] }],
  });
  const TRIGGERS: { readonly [E in End]: string } = {
    Local: 'StopAuthorized',
    EVDisconnected: 'EVCommunicationLost',
    Remote: 'RemoteStop',
    PowerLoss: 'AbnormalCondition',
    EmergencyStop: 'AbnormalCondition',
  };
  return {
    subprotocol: `ocpp${version}`,
    boot: () => [['BootNotification', () => ({ reason: 'PowerUp', chargingStation: { model: 'M', vendorName: 'V' } })]],
    cableChanged: (inserted) => [status(inserted ? 'Occupied' : 'Available')],
    transactionStarted: ({ idTag, remoteStartId }, registerWh) => [
      transactionEvent(
        'Started',
        'RemoteStart',
        { remoteStartId, chargingState: 'Charging' },
        {
          evse: { id: 1, connectorId: 1 },
          idToken: { idToken: idTag, type: 'Central' },
          ...register(registerWh, 'Transaction.Begin'),
        },
      ),
    ],
    chargingStateChanged: (chargingState) => [transactionEvent('Updated', 'ChargingStateChanged', { chargingState })],
    meterValues: (value, power) => [
      transactionEvent(
        'Updated',
        'MeterValuePeriodic',
        {},
        {
          meterValue: [
            {
              timestamp: time(),
              sampledValue: [
                { value },
                { value: power / 1000, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'kW' } },
              ],
            },
          ],
        },
      ),
    ],
    transactionEnded: (registerWh, stoppedReason) => [
      transactionEvent('Ended', TRIGGERS[stoppedReason], { stoppedReason }, register(registerWh, 'Transaction.End')),
    ],
    respond(action, payload) {
      const answer = { status: 'Accepted' };
      if (action === 'GetTransactionStatus') return { answer: { ongoingIndicator: true, messagesInQueue: false } };
      if (action === 'RequestStopTransaction') return { answer, requested: 'stop' };
      if (action !== 'RequestStartTransaction') return { answer };
      const { idToken, remoteStartId } = payload as unknown as { idToken: { idToken: string }; remoteStartId: number };
      return { answer, requested: { idTag: idToken.idToken, remoteStartId } };
    },
  };
}
