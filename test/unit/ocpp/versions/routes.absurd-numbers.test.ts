/** A number that is too large to be exact counts as not measured. Messages about money are accepted nevertheless. */
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../../../src/ocpp/frames/payload.js';
import { validateLeniently } from '../../../../src/ocpp/leniency/lenient-validation.js';
import { v16 } from '../../../../src/ocpp/versions/v16/v16.js';
import { v201 } from '../../../../src/ocpp/versions/v2/v201.js';
import { v21 } from '../../../../src/ocpp/versions/v2/v21.js';
import type { OcppVersion } from '../../../../src/ocpp/versions/version.js';

const AT = '2026-01-15T10:00:00Z';
/** JSON texts, because JavaScript cannot represent some of these numbers. */
const ABSURD = ['1e300', '-1e300', '1e400', '9007199254740993', '1000000000000000', '"1e300"'];

/** Validates and reads a message as the socket edge does. */
function read({ name, routes }: OcppVersion, action: string, text: string): unknown {
  const route = routes.get(action);
  if (!route) throw new Error(`no route for ${action}`);
  const payload = JSON.parse(text) as Payload;
  const { checkRequest: check, billingFields, readEvent } = route;
  const violated = check(payload);
  const result =
    violated && validateLeniently({ version: name, action, kind: 'request', check, billingFields }, payload);
  if (result?.violation) throw new Error(`refused: ${result.violation.path}`);
  return readEvent(result?.payload ?? payload, text, 0);
}

const sampled = (value: string): string => `[{"timestamp":"${AT}","sampledValue":[{"value":${value}}]}]`;
const event = (type: string, value: string, info = '"transactionId":"tx"'): string =>
  `{"eventType":"${type}","timestamp":"${AT}","triggerReason":"Authorized","seqNo":0,"transactionInfo":{${info}},"meterValue":${sampled(value)}}`;

describe.each(ABSURD)('%s', (number) => {
  it('as a start register counts as none, and the start is taken', () => {
    const start = `{"connectorId":1,"idTag":"T","timestamp":"${AT}","meterStart":${number}}`;
    const started = { connectorId: 1, idTag: 'T', meterStartWh: 0, registerMissing: true };
    expect(read(v16, 'StartTransaction', start)).toMatchObject(started);
  });

  it('as a stop register counts as none, and the stop is taken', () => {
    const stop = `{"transactionId":7,"timestamp":"${AT}","meterStop":${number}}`;
    const stopped = read(v16, 'StopTransaction', stop);
    expect(stopped).toMatchObject({ type: 'transaction-stopped', transactionId: '7' });
    expect(stopped).not.toHaveProperty('meterStopWh');
  });

  it('as a transaction id takes the stop and its register', () => {
    const stop = `{"transactionId":${number},"timestamp":"${AT}","meterStop":5}`;
    expect(read(v16, 'StopTransaction', stop)).toMatchObject({ type: 'transaction-stopped', meterStopWh: 5 });
  });

  it('as a reading counts as not measured', () => {
    const text = number.replaceAll('"', '');
    const values = `{"connectorId":1,"transactionId":7,"meterValue":${sampled(`"${text}"`)}}`;
    expect(read(v16, 'MeterValues', values)).toMatchObject({ transactionId: '7', samples: [] });
    for (const version of [v201, v21]) {
      expect(read(version, 'MeterValues', `{"evseId":1,"meterValue":${sampled(number)}}`)).toMatchObject({
        samples: [],
      });
      const ended = read(version, 'TransactionEvent', event('Ended', number));
      expect(ended).toMatchObject({ eventType: 'ended', transactionId: 'tx', samples: [] });
      expect(ended).not.toHaveProperty('meterStopWh');
    }
  });

  it('as a multiplier or a sum of phases is no reading either', () => {
    const unit = `{"value":5,"unitOfMeasure":{"unit":"Wh","multiplier":${number}}}`;
    const values = `[{"timestamp":"${AT}","sampledValue":[${unit}]}]`;
    const { samples } = read(v201, 'MeterValues', `{"evseId":1,"meterValue":${values}}`) as {
      samples: readonly { readonly registerWh?: number }[];
    };
    for (const { registerWh = 0 } of samples) expect(Number.isSafeInteger(registerWh)).toBe(true);
  });

  it('as a limit of a transaction is no limit', () => {
    const info = `"transactionId":"tx","transactionLimit":{"maxEnergy":${number},"maxTime":${number}}`;
    expect(read(v21, 'TransactionEvent', event('Updated', '5', info))).toMatchObject({ transactionId: 'tx' });
    const { limit = {} } = read(v21, 'TransactionEvent', event('Updated', '5', info)) as { limit?: object };
    expect(limit).toEqual({});
  });
});

describe('a stop without a readable number', () => {
  it.each(['', '"transactionId":null,', '"transactionId":"7f-abc",', '"transactionId":{},'])(
    'is taken by its tag, with its register: {%s …}',
    (number) => {
      const stop = `{${number}"idTag":"T","timestamp":"${AT}","meterStop":5}`;
      const stopped = { type: 'transaction-stopped', transactionId: '0', idTag: 'T', meterStopWh: 5 };
      expect(read(v16, 'StopTransaction', stop)).toMatchObject(stopped);
    },
  );

  it.each(['', '"transactionId":"7f-abc",'])('and without a tag is none: {%s …}', (number) => {
    expect(() => read(v16, 'StopTransaction', `{${number}"timestamp":"${AT}","meterStop":5}`)).toThrow(/refused/);
  });
});
