/** The same things said by a charger in the words of each version. */
export type VersionName = '1.6' | '2.0.1' | '2.1';
/** Versions, and 1.6 written as objects. */
export type WireFormat = VersionName | 'envelope';
export type Frame = readonly [
  action: string,
  payload: () => object,
  answered?: (payload: Record<string, unknown>) => void,
];
export type Flow = 'Charging' | 'SuspendedEV' | 'SuspendedEVSE';
export type End = 'Local' | 'EVDisconnected' | 'Remote' | 'PowerLoss' | 'EmergencyStop';

/** What one charger with one connector has to say. Registers in Wh. */
export interface ChargerMessages {
  readonly subprotocol: string;
  boot(): Frame[];
  cableChanged(inserted: boolean): Frame[];
  transactionStarted(ask: StartRequest, registerWh: number): Frame[];
  chargingStateChanged(flow: Flow): Frame[];
  meterValues(registerWh: number, powerW: number): Frame[];
  transactionEnded(registerWh: number, reason: End): Frame[];
  /** Its answer to a call of ours, and what that asks for. */
  respond(
    action: string,
    payload: Record<string, never>,
  ): { readonly answer: object; readonly asked?: StartRequest | 'stop' };
}

/** How a telling writes its frames. */
export interface Framing {
  call(id: string, action: string, payload: object): object;
  result(id: string, answer: object): object;
  /** What the bridge has written: a call with its action, or the answer to one of ours. */
  read(text: string): { readonly id: string; readonly action?: string; readonly payload: never };
  /** Its ids say which call an answer belongs to. */
  readonly distinct: boolean;
}

const ARRAYS: Framing = {
  call: (id, action, payload) => [2, id, action, payload],
  result: (id, answer) => [3, id, answer],
  read(text) {
    const [type, id, third, fourth] = JSON.parse(text) as [number, string, never, never];
    return type === 2 ? { id, action: String(third), payload: fourth } : { id, payload: third };
  },
  distinct: true,
};

/** Every message has the same id, and an answer that is but a status has no payload. */
const OBJECTS: Framing = {
  call: (_id, action, payload) => ({ messageId: '1234', action, payload }),
  result: (_id, answer) => ({ messageId: '1234', ...answer }),
  read(text) {
    const { messageId, action, payload } = JSON.parse(text) as { messageId: string; action?: string; payload: never };
    return { id: messageId, ...(action !== undefined && { action }), payload };
  },
  distinct: false,
};

export const framingOf = (telling: WireFormat): Framing => (telling === 'envelope' ? OBJECTS : ARRAYS);

export interface StartRequest {
  readonly idTag: string;
  readonly remoteStartId: number;
}

export function chargerMessages(version: VersionName, now: () => number): ChargerMessages {
  return version === '1.6' ? wire16(now) : wire2(version, now);
}

function wire16(now: () => number): ChargerMessages {
  let transactionId: unknown;
  const time = (): string => new Date(now()).toISOString();
  const status = (word: string): Frame => {
    const payload = { connectorId: 1, errorCode: 'NoError', status: word, timestamp: time() };
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
      if (action === 'RemoteStopTransaction') return { answer, asked: 'stop' };
      return action === 'RemoteStartTransaction'
        ? { answer, asked: { idTag: String(idTag), remoteStartId: 0 } }
        : { answer };
    },
  };
}

function wire2(version: '2.0.1' | '2.1', now: () => number): ChargerMessages {
  const transactionId = `tx-${version}`;
  let seqNo = 0;
  const time = (): string => new Date(now()).toISOString();
  const status = (connectorStatus: string): Frame => {
    const payload = { evseId: 1, connectorId: 1, connectorStatus, timestamp: time() };
    return ['StatusNotification', () => payload];
  };
  const told = (eventType: string, triggerReason: string, info: object = {}, more: object = {}): Frame => {
    const payload = {
      eventType,
      triggerReason,
      seqNo: seqNo++,
      timestamp: time(),
      transactionInfo: { transactionId, ...info },
      ...more,
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
      told(
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
    chargingStateChanged: (chargingState) => [told('Updated', 'ChargingStateChanged', { chargingState })],
    meterValues: (value, power) => [
      told(
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
      told('Ended', TRIGGERS[stoppedReason], { stoppedReason }, register(registerWh, 'Transaction.End')),
    ],
    respond(action, payload) {
      const answer = { status: 'Accepted' };
      if (action === 'GetTransactionStatus') return { answer: { ongoingIndicator: true, messagesInQueue: false } };
      if (action === 'RequestStopTransaction') return { answer, asked: 'stop' };
      if (action !== 'RequestStartTransaction') return { answer };
      const { idToken, remoteStartId } = payload as unknown as { idToken: { idToken: string }; remoteStartId: number };
      return { answer, asked: { idTag: idToken.idToken, remoteStartId } };
    },
  };
}
