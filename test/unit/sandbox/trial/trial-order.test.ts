import { describe, expect, it } from 'vitest';
import { readOption } from '../../../../src/beckn/dialects/uei-charging/options.js';
import type { TrialPlace } from '../../../../src/sandbox/trial/trial-api.js';
import { describeSimulated, describeUntried, orderFor } from '../../../../src/sandbox/trial/trial-order.js';

const PLACE = { connectorId: 1, chargePointId: 'CP', currency: 'INR', maxPowerW: 60_000, options: {} } as TrialPlace;
const selling = (options: TrialPlace['options']): TrialPlace => ({ ...PLACE, options });
const simulated = { sessionS: 45, isSimulated: true };
const real = { sessionS: 45, isSimulated: false };

describe('the order of a trial', () => {
  it.each([
    [{ energy: 60_000 }, 'units', '0.75 kWh'],
    [{ energy: 500 }, 'units', '0.5 kWh'],
    [{ time: 7200 }, 'time', '0.75 min'],
    [{ time: 30 }, 'time', '0.5 min'],
    [{ amount: 200_000 }, 'amount', '20'],
    [{ amount: 1_050 }, 'amount', '10.5'],
    [{ energy: 500, time: 30, amount: 1, soc: 80 }, 'units', '0.5 kWh'],
  ])('is small, and never more than is sold: %j', (options, code, value) => {
    for (const how of [simulated, real]) expect(orderFor(selling(options), how).option).toEqual({ code, value });
  });

  it.each([1, 20, 31, 80, 100])(
    'charges a simulated car by one percent if only a state of charge up to %i is sold',
    (soc) => {
      const { option, socOnArrival } = orderFor(selling({ soc }), simulated);
      expect(Number(option.value)).toBeLessThanOrEqual(soc);
      expect([option.code, Number(option.value) - socOnArrival]).toEqual(['soc', 1]);
    },
  );

  it('charges a real car as far as is sold, because its state of charge is not known', () => {
    expect(orderFor(selling({ soc: 80 }), real).option).toEqual({ code: 'soc', value: '80' });
  });

  it.each([1_400, 3_300, 7_400, 60_000, 350_000])(
    'is understood at %i W, whichever units the bridge expects of buyer apps',
    (maxPowerW) => {
      for (const peer of [{ units: 'Wh', time: 's' } as const, { units: 'kWh', time: 'min' } as const]) {
        const settings = { ...peer, optionCase: 'lower', sessionDetails: 'rich' } as const;
        const read = (options: TrialPlace['options']) => {
          const { code, value } = orderFor({ ...selling(options), maxPowerW }, real).option;
          const tags = [{ descriptor: { code: 'selected-charging-option' }, list: [{ descriptor: { code }, value }] }];
          return readOption(tags, 'tags', settings);
        };
        const energy = Math.ceil((maxPowerW * 45) / 3600);
        expect(read({ energy: 60_000 })).toEqual({ limit: { kind: 'energy', value: energy } });
        expect(read({ time: 7200 })).toEqual({ limit: { kind: 'time', value: 45 } });
      }
    },
  );

  it('is none where nothing is sold', () => {
    expect(() => orderFor(PLACE, real)).toThrow('offers nothing');
  });
});

it('says beforehand which payments of real buyers it does not try, and why', () => {
  expect(describeUntried({ model: 'bap-prepaid', untried: [] })).toBeUndefined();
  expect(describeUntried({ model: 'bap-prepaid', untried: ['bpp-prepaid', 'bpp-postpaid'] })).toMatch(
    /^Not tried: payment by bpp-prepaid, bpp-postpaid\. A trial moves no money: .*Its buyer app pays by bap-prepaid/,
  );
});

it('says why a simulated charger plays, and as which one', () => {
  const connector = 'CP-01/1';
  expect(describeSimulated({ connector, simulate: false }, 'trial-X')).toBe(
    'Simulated as trial-X, because no charger is connected at CP-01/1.',
  );
  expect(describeSimulated({ connector, simulate: true }, 'trial-X')).toBe(
    'Simulated as trial-X, because of --simulate.',
  );
});
