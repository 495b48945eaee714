// One charging session on a virtual clock: the power of the car varies, meter values arrive late and the charger stops
// late. The core decides as in the product: the model applies its effects and sends it every event as a command.

/** Creates a seeded random number generator. Its numbers are in [0, 1). */
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

/** A car at a charger: its energy as a function of time, and everything that stops it. */
class Car {
  constructor(random, maxPowerW) {
    this.random = random;
    this.maxPowerW = maxPowerW;
    this.level = maxPowerW * (0.55 + 0.42 * random());
    this.powerW = this.level;
    this.at = START;
    this.wh = 0;
    this.stopped = false;
    this.profile = undefined;
  }

  powerAt(at) {
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
      this.wh += (this.powerAt(this.at) * (next - this.at)) / 3_600_000;
      this.at = next;
      if (next === slot) this.varyPower();
    }
  }

  /** Varies the power around a level, and sometimes changes the level. */
  varyPower() {
    const { random, maxPowerW } = this;
    if (random() < 1 / 400) this.level = maxPowerW * (0.35 + 0.62 * random());
    const nextPowerW = this.powerW + (this.level - this.powerW) * 0.2 + maxPowerW * 0.012 * (random() - 0.5);
    this.powerW = Math.min(maxPowerW, Math.max(0, nextPowerW));
  }
}

/** Future events in any order. `next` removes and returns the earliest. */
class EventQueue {
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
 * Confirms an order and runs its session to the end, or until no more energy can flow without a connection.
 * @param core  `decide`, `nextDeadline`, the policy, and the site, limit and payment of the order.
 * @param settings  seed, maxPowerW, sampleS, the `latencyMs` and `capabilities` of the charger, and `disconnectMs`:
 *   when the connection is lost, ms from the start. With `naive` a stop follows only a reading beyond the limit.
 *   Without `reportsPower` the charger reports only its register; without `answersTrigger` it sends no reading on
 *   request; with `wholeSeconds` its timestamps have no fractions; from `silentMs` on it sends no reading at all.
 * @returns The energy delivered, beyond the limit and billed in Wh; the latency of the stop; the number of messages
 *   sent to the charger during the session; the state of the order, its bill and what was authorised; and `flowedMs`:
 *   when the session or its charging profile ended, whichever was first, ms from the start.
 */
export function runSession(core, settings) {
  const { decide, nextDeadline, site, limit, paid } = core;
  const { seed, maxPowerW, sampleS, latencyMs, naive = false, disconnectMs = Infinity } = settings;
  const { reportsPower = true, answersTrigger = true, wholeSeconds = false, silentMs = Infinity } = settings;
  // Naive polling stops only when a reading shows that the limit is exceeded.
  const policy = naive ? { ...core.policy, stopLatencyMs: 0 } : core.policy;
  const capabilities = naive ? undefined : settings.capabilities;
  const random = seeded(seed);
  const between = (low, high) => low + (high - low) * random();
  const car = new Car(seeded(seed ^ 0x5bd1e995), maxPowerW);
  const eventQueue = new EventQueue();
  const meterStartWh = 1_000_000;
  let order;
  let now = START;
  let timer;
  let observed;
  let messages = 0;
  let samples = 0;
  const connected = () => now < START + disconnectMs;

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
    if (timer) eventQueue.remove(timer);
    const at = naive ? undefined : nextDeadline(order, policy);
    timer = at === undefined ? undefined : eventQueue.add(Math.max(at, now), () => handle({ type: 'timer-due' }));
  };
  function handle(command) {
    if (order && (order.state === 'completed' || (!connected() && command.type !== 'timer-due'))) return;
    const decision = decide(order, command, context());
    if ('refusal' in decision) throw new Error(decision.refusal.code);
    order = decision.order;
    observed = decision.stopLatencyMs ?? observed;
    for (const effect of decision.effects) applyEffect(effect);
    if (decision.triggerMeterValues && connected() && answersTrigger) {
      messages += 1;
      eventQueue.add(now + between(100, 500), () => sample('Trigger'));
    }
    setTimer();
  }
  function applyEffect(effect) {
    if (!connected()) return;
    if (effect.kind === 'remote-stop') {
      messages += 1;
      const stopsAt = now + between(50, 300) + Math.max(200, latencyMs + between(-1000, 1000));
      eventQueue.add(stopsAt, stop);
    }
    if (effect.kind === 'remote-start' && effect.profile) {
      car.profile = { limitW: effect.profile.limitW, endsAt: now + effect.profile.seconds * 1000 };
    }
    if (effect.kind === 'set-charging-profile') {
      messages += 1;
      const { profile, startsAt } = effect;
      eventQueue.add(now + between(50, 800), () => {
        if (!connected()) return;
        car.profile = { limitW: profile.limitW, endsAt: startsAt + profile.seconds * 1000 };
        handle({ type: 'charging-profile-answered', answer: 'accepted' });
      });
    }
  }
  function stop() {
    if (car.stopped || !connected()) return;
    car.stopped = true;
    const meterStopWh = meterStartWh + Math.floor(car.wh);
    const at = now;
    eventQueue.add(now + between(200, 900), () =>
      handle({ type: 'record-stop', meterStopWh, at, reason: 'Remote', samples: [] }),
    );
  }
  function sample() {
    if (car.stopped || !order.session || now >= START + silentMs) return;
    const power = reportsPower ? { powerW: Math.round(car.powerAt(now)) } : {};
    const at = wholeSeconds ? Math.floor(now / 1000) * 1000 : now;
    const reading = { at, registerWh: meterStartWh + Math.floor(car.wh), ...power };
    samples += 1;
    eventQueue.add(now + between(50, 500), () => {
      handle({ type: 'record-sample', samples: [reading], journalSeq: samples });
    });
  }
  function sampleRegularly() {
    if (car.stopped || order.state === 'completed') return;
    sample();
    eventQueue.add(now + sampleS * 1000 + between(-500, 500), sampleRegularly);
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
  if (Number.isFinite(disconnectMs)) eventQueue.add(START + disconnectMs, () => disconnect());
  function disconnect() {
    const decision = decide(order, { type: 'charger-disconnected' }, context());
    order = decision.order;
  }
  eventQueue.add(now + between(0, sampleS * 1000), sampleRegularly);
  const END = START + 6 * 3_600_000;
  for (let item = eventQueue.next(); item && item.at <= END; item = eventQueue.next()) {
    car.advance(item.at);
    now = item.at;
    item.work();
    if (order.state === 'completed') break;
    if (!connected() && (car.stopped || car.powerAt(now) === 0)) break;
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
