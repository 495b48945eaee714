// One charging session on a virtual clock: a car whose power wavers, a meter that is read late, a charger that stops late.
// The core decides as in the product: the model carries out its effects, and every event of the model is a command to it.

/** A seeded generator of numbers in [0, 1). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const START = Date.UTC(2026, 0, 15);
const SLOT_MS = 1000;

/** A car at a charger: energy as a function of time, and what can stop it. */
class Car {
  constructor(chance, maxPowerW) {
    this.chance = chance;
    this.maxPowerW = maxPowerW;
    this.level = maxPowerW * (0.55 + 0.42 * chance());
    this.powerW = this.level;
    this.at = START;
    this.wh = 0;
    this.stopped = false;
    this.profile = undefined;
  }

  flowing(at) {
    if (this.stopped) return 0;
    const { profile } = this;
    if (!profile) return this.powerW;
    return at < profile.endsAt ? Math.min(this.powerW, profile.limitW) : 0;
  }

  advance(to) {
    while (this.at < to) {
      const slot = (Math.floor(this.at / SLOT_MS) + 1) * SLOT_MS;
      const profileEnd = this.profile && this.profile.endsAt > this.at ? this.profile.endsAt : Infinity;
      const next = Math.min(to, slot, profileEnd);
      this.wh += (this.flowing(this.at) * (next - this.at)) / 3_600_000;
      this.at = next;
      if (next === slot) this.waver();
    }
  }

  /** Around its level, and now and then to another one. */
  waver() {
    const { chance, maxPowerW } = this;
    if (chance() < 1 / 400) this.level = maxPowerW * (0.35 + 0.62 * chance());
    const pulled = this.powerW + (this.level - this.powerW) * 0.2 + maxPowerW * 0.012 * (chance() - 0.5);
    this.powerW = Math.min(maxPowerW, Math.max(0, pulled));
  }
}

/** What happens when, in order. */
class Agenda {
  #items = [];
  add(at, work) {
    const item = { at, work };
    this.#items.push(item);
    return item;
  }
  remove(item) {
    this.#items = this.#items.filter((other) => other !== item);
  }
  next() {
    let first;
    for (const item of this.#items) if (!first || item.at < first.at) first = item;
    if (first) this.remove(first);
    return first;
  }
}

/**
 * Runs one session with an energy limit to its end.
 * @param core  `decide`, `nextDeadline`, the policy, and an order that waits for its transaction.
 * @param setting  seed, maxPowerW, sampleS, the charger's own `latencyMs`, `capabilities`, and `cutMs`: when the line dies, ms.
 * @returns Wh delivered, beyond the limit and billed; how long the stop took, and how many messages it needed.
 */
export function runSession(core, setting) {
  const { decide, nextDeadline, site, limit, paid } = core;
  const { seed, maxPowerW, sampleS, latencyMs, naive = false, cutMs = Infinity } = setting;
  // Naive polling: stopped when a reading shows that the limit is passed, and not before.
  const policy = naive ? { ...core.policy, stopLatencyMs: 0 } : core.policy;
  const capabilities = naive ? undefined : setting.capabilities;
  const chance = seeded(seed);
  const between = (low, high) => low + (high - low) * chance();
  const car = new Car(seeded(seed ^ 0x5bd1e995), maxPowerW);
  const agenda = new Agenda();
  const meterStartWh = 1_000_000;
  let order;
  let now = START;
  let timer;
  let observed;
  let messages = 0;
  let samples = 0;
  const linked = () => now < START + cutMs;

  const context = () => ({
    now,
    policy,
    maxPowerW,
    capabilities,
    newOrder: {
      orderId: 'o',
      quoteId: 'q',
      customer: { kind: 'buyer-app', network: 'main', bapId: 'b', bapUri: '', dialect: 'd' },
      becknTransactionId: 't',
      replyContext: {},
    },
  });
  const setTimer = () => {
    if (timer) agenda.remove(timer);
    const at = naive ? undefined : nextDeadline(order, policy);
    timer = at === undefined ? undefined : agenda.add(Math.max(at, now), () => handle({ type: 'timer-due' }));
  };
  function handle(command) {
    if (order && (order.state === 'completed' || (!linked() && command.type !== 'timer-due'))) return;
    const decision = decide(order, command, context());
    if ('refusal' in decision) throw new Error(decision.refusal.code);
    order = decision.order;
    observed = decision.stopLatencyMs ?? observed;
    for (const effect of decision.effects) carryOut(effect);
    if (decision.triggerMeterValues && linked()) {
      messages += 1;
      agenda.add(now + between(100, 500), () => sample('Trigger'));
    }
    setTimer();
  }
  function carryOut(effect) {
    if (!linked()) return;
    if (effect.kind === 'remote-stop') {
      messages += 1;
      const bites = now + between(50, 300) + Math.max(200, latencyMs + between(-1000, 1000));
      agenda.add(bites, stop);
    }
    if (effect.kind === 'remote-start' && effect.profile) {
      car.profile = { limitW: effect.profile.limitW, endsAt: now + effect.profile.seconds * 1000 };
    }
    if (effect.kind === 'set-charging-profile') {
      messages += 1;
      const { profile, startsAt } = effect;
      agenda.add(now + between(50, 800), () => {
        if (!linked()) return;
        car.profile = { limitW: profile.limitW, endsAt: startsAt + profile.seconds * 1000 };
        handle({ type: 'charging-profile-answered', answer: 'accepted' });
      });
    }
  }
  function stop() {
    if (car.stopped || !linked()) return;
    car.stopped = true;
    const meterStopWh = meterStartWh + Math.floor(car.wh);
    const at = now;
    agenda.add(now + between(200, 900), () =>
      handle({ type: 'record-stop', meterStopWh, at, reason: 'Remote', samples: [] }),
    );
  }
  function sample() {
    if (car.stopped || !order.session) return;
    const reading = { at: now, registerWh: meterStartWh + Math.floor(car.wh), powerW: Math.round(car.flowing(now)) };
    samples += 1;
    agenda.add(now + between(50, 500), () => {
      handle({ type: 'record-sample', samples: [reading], journalSeq: samples });
    });
  }
  function sampleRegularly() {
    if (car.stopped || order.state === 'completed') return;
    sample();
    agenda.add(now + sampleS * 1000 + between(-500, 500), sampleRegularly);
  }

  handle({
    type: 'confirm',
    request: { action: 'confirm', messageId: 'm', digest: 'd', at: now },
    site,
    limit,
    payment: { paid },
    idTag: 'T'.repeat(20),
    chargerOnline: true,
    connectorState: { status: 'Available', errorCode: 'NoError', at: now },
  });
  handle({ type: 'record-start', transactionId: '1', startKey: 'k', connectorId: 1, meterStartWh, at: now });
  if (Number.isFinite(cutMs)) agenda.add(START + cutMs, () => disconnect());
  function disconnect() {
    const decision = decide(order, { type: 'charger-disconnected' }, context());
    order = decision.order;
  }
  agenda.add(now + between(0, sampleS * 1000), sampleRegularly);
  const END = START + 6 * 3_600_000;
  for (let item = agenda.next(); item && item.at <= END; item = agenda.next()) {
    car.advance(item.at);
    now = item.at;
    item.work();
    if (order.state === 'completed') break;
    if (!linked() && (car.stopped || car.flowing(now) === 0)) break;
  }
  return {
    deliveredWh: car.wh,
    overshootWh: car.wh - order.caps.energyWh,
    billedWh: order.bill?.energyWh,
    state: order.state,
    stopLatencyMs: observed,
    messages,
    authorised: order.authorised,
    bill: order.bill,
    flowedMs: Math.min(now, car.profile?.endsAt ?? Infinity) - START,
  };
}
