// Measures how far sessions exceed or miss their limit: the core on a virtual clock, compared with naive polling of the
// same cars.
import { decide } from '../dist/domain/decide/decide.js';
import { nextDeadline } from '../dist/domain/decide/timers.js';
import { addStopLatency, capabilitiesOf } from '../dist/domain/metering/charger-capabilities.js';
import { sessionPolicy } from '../dist/app/session-policy.js';
import { figure, quantile, round } from './figures.mjs';
import { readFileSync } from 'node:fs';
import { runSession, seeded } from './session-model.mjs';

const POWERS_W = [7_400, 22_000, 50_000, 150_000];
const SAMPLES_S = [10, 30, 60];
/** The number of sessions per charger, enough to learn the latency of its stops. */
const PER_CHARGER = 20;
const AIM_WH = 50;
const SHORT_AIM_WH = 15;

const defaults = JSON.parse(readFileSync(new URL('../config/default.json', import.meta.url), 'utf8'));

function coreFor(maxPowerW, limitWh) {
  const tariff = { id: 't', currency: 'INR', pricePerKwh: 1000, serviceFee: 0, taxes: [] };
  const connector = {
    connectorId: 1,
    itemId: 'c',
    standard: 'CCS2',
    name: 'c',
    powerType: maxPowerW > 22_000 ? 'DC' : 'AC',
    maxPowerW,
    tariff,
    options: { energy: 200_000 },
    socQuoteWh: 50_000,
  };
  const site = { provider: { id: 'p' }, station: { id: 's' }, chargePoint: { id: 'cp' }, connector };
  const limit = { kind: 'energy', value: limitWh };
  return { decide, nextDeadline, policy: sessionPolicy(defaults), site, limit, paid: 1_000_000_000 };
}

/**
 * Runs sessions to the end. Throws if one does not end or is billed above its limit.
 * @param profiles Whether the chargers accept charging profiles. The other options are those of `runSession`.
 */
export function overshootOf(
  maxPowerW,
  sampleS,
  sessions,
  { profiles = false, naive = false, reportsPower = true, wholeSeconds = false } = {},
) {
  const random = seeded(maxPowerW + sampleS);
  const results = [];
  let observed = [];
  let latencyMs = 0;
  for (let index = 0; index < sessions; index += 1) {
    if (index % PER_CHARGER === 0) {
      observed = [];
      latencyMs = 1000 + 6000 * random();
    }
    const limitWh = Math.round(maxPowerW * (0.1 + 0.5 * random()));
    const core = coreFor(maxPowerW, limitWh);
    const configuration = profiles ? { SupportedFeatureProfiles: 'Core,SmartCharging' } : {};
    const capabilities = capabilitiesOf(configuration, core.site.connector, observed);
    const seed = Math.floor(random() * 2 ** 31);
    const result = runSession(core, {
      seed,
      maxPowerW,
      sampleS,
      latencyMs,
      capabilities,
      naive,
      reportsPower,
      wholeSeconds,
    });
    if (result.stopLatencyMs !== undefined) observed = addStopLatency(observed, result.stopLatencyMs);
    if (result.state !== 'completed') throw new Error(`a session did not end: ${JSON.stringify(result)}`);
    if (result.billedWh > limitWh) throw new Error(`billed ${result.billedWh} Wh of ${limitWh}`);
    results.push(result);
  }
  return results;
}

const over = (results) => results.map(({ overshootWh }) => Math.max(0, overshootWh));
const under = (results) => results.map(({ overshootWh }) => Math.max(0, -overshootWh));
const mean = (values) => round(values.reduce((sum, value) => sum + value, 0) / values.length, 1);
const p = (values, share) => `${round(quantile(values, share))}`;

export function overshoot({ quick }) {
  const sessions = quick ? 100 : 1000;
  const figures = [];
  for (const maxPowerW of POWERS_W) {
    for (const sampleS of SAMPLES_S) {
      const ours = overshootOf(maxPowerW, sampleS, sessions);
      const limited = overshootOf(maxPowerW, sampleS, sessions, { profiles: true });
      const register = overshootOf(maxPowerW, sampleS, sessions, { reportsPower: false });
      const both = overshootOf(maxPowerW, sampleS, sessions, { reportsPower: false, profiles: true });
      const shortfalls = [ours, limited, register, both].map((one) => quantile(under(one), 0.5));
      const beyonds = [ours, limited, register, both].map((one) => quantile(over(one), 0.95));
      const naive = over(overshootOf(maxPowerW, sampleS, sessions, { naive: true }));
      const overOurs = over(ours);
      const p95 = quantile(overOurs, 0.95);
      figures.push(
        figure(`Beyond the limit, ${maxPowerW / 1000} kW, a reading every ${sampleS} s`, {
          ours: `${p(overOurs, 0.5)} / ${p(overOurs, 0.95)} / ${p(overOurs, 1)} Wh`,
          baseline: `naive polling ${p(naive, 0.5)} / ${p(naive, 0.95)} / ${p(naive, 1)} Wh`,
          ratio: `${round(p95 / quantile(naive, 0.95), 2)}`,
          ...(maxPowerW === 50_000 && { aim: `95 % ≤ ${AIM_WH} Wh`, pass: Math.max(...beyonds) <= AIM_WH }),
          ...(maxPowerW === 22_000 && {
            aim: `half of them at most ${SHORT_AIM_WH} Wh short`,
            pass: Math.max(...shortfalls) <= SHORT_AIM_WH,
          }),
          detail: `median / 95 % / maximum; short of it ${p(under(ours), 0.95)} Wh at 95 %; with charging profiles ${p(over(limited), 0.95)} beyond, ${p(under(limited), 0.95)} short (${mean(limited.map((one) => one.messages))} messages for ${mean(ours.map((one) => one.messages))}); without power samples ${p(over(register), 0.95)} beyond, ${p(under(register), 0.5)} short in the middle, with profiles ${p(over(both), 0.95)} and ${p(under(both), 0.5)}; ${sessions} sessions, never billed above the limit`,
        }),
      );
    }
  }
  return figures;
}
