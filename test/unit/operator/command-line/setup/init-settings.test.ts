import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../../../src/config/loading/load-config.js';
import {
  initialSettings,
  PAYMENTS,
  type InitAnswers,
} from '../../../../../src/operator/command-line/setup/init-settings.js';

const SANDBOX: InitAnswers = {
  mode: 'sandbox',
  subscriberId: 'bpp.example.org',
  uri: 'http://127.0.0.1:8080/beckn',
  network: 'own',
  registry: undefined,
  payment: 'bap-prepaid',
  paymentUrl: undefined,
  ports: { beckn: 8080, ocpp: 9000, operator: 8090 },
};
const PRODUCTION: InitAnswers = {
  ...SANDBOX,
  mode: 'production',
  uri: 'https://bpp.example.org/beckn',
  registry: 'https://registry.example.org',
  paymentUrl: 'https://pay.example.org',
};
const SECRETS = { PAYMENTS_KEY: 'key', PAYMENTS_WEBHOOK_SECRET: 'Vq7#pL2x!mZ9tR4w' };

const problemsOf = (answers: InitAnswers): readonly string[] => {
  const loaded = checkConfig({ ...initialSettings(answers) }, SECRETS);
  return 'problems' in loaded ? loaded.problems : [];
};

describe('the settings of a new installation', () => {
  it.for(['uei', 'ubc', 'own'] as const)('for the network %s can be used in sandbox and production', (network) => {
    expect(problemsOf({ ...SANDBOX, network })).toEqual([]);
    expect(problemsOf({ ...PRODUCTION, network })).toEqual([]);
  });

  it.for(PAYMENTS)('with the payment model %s can be used', (payment) => {
    expect(problemsOf({ ...PRODUCTION, payment })).toEqual([]);
  });

  it('serve Beckn at the path of the public address', () => {
    const { listen } = initialSettings({ ...SANDBOX, uri: 'https://bpp.example.org/some/where/' }) as {
      readonly listen: { readonly beckn: object };
    };
    expect(listen.beckn).toMatchObject({ basePath: '/some/where' });
  });
});
