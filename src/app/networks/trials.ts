/**
 * Runs trials. On the Beckn listener, they have a network of their own, whose registry knows only the buyer apps of
 * open trials. If the real charge point is not connected, or on request, a simulated one connects as a copy of it. A
 * trial's orders carry the name of the trial network.
 */
import type { AllowedTarget } from '../../beckn/outbound/callback-target.js';
import type { RegistryRecord, RegistrySource } from '../../beckn/registry/registry.js';
import { publicKeyOf } from '../../beckn/registry/subscribe.js';
import { KeyFault, readPublicKey } from '../../beckn/signing/key-material.js';
import type { Signer } from '../../beckn/signing/signer.js';
import type { Bridge } from '../../bridge/bridge.js';
import { networksOf, type Config, type NetworkSettings } from '../../config/config.js';
import type { Site } from '../../domain/model/network.js';
import { TRIAL_NETWORK, type Order } from '../../domain/model/order.js';
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import type { PaymentModel } from '../../domain/model/payment.js';
import type { Trial, TrialBuyer, TrialEnd, TrialRefusal, TrialRequest, Trials } from '../../ports/networks.js';

const TRIAL_MS = 3_600_000;
/** How often a closing trial checks whether its orders have ended, ms. */
const CLOSING_MS = 60_000;
/** How long a key may stay in the cache after its trial has ended, ms. */
const KEY_CACHE_MS = 1000;
const PASSWORD_LENGTH = 24;
/** The domain of trials. It selects the dialect of their buyer apps, whatever the other networks speak. */
const TRIAL_DOMAIN = 'uei:charging';

/** How the orders of trials are paid: no money moves, because the buyer app only claims to have collected it. */
export const TRIAL_PAYMENT: PaymentModel = 'bap-prepaid';

/** Returns the configured payment models that trials cannot try. */
function untriedPayments(peers: Config['peers']): readonly PaymentModel[] {
  const models = Object.values(peers).flatMap(({ payments }) => payments ?? []);
  return [...new Set(models)].filter((model) => model !== TRIAL_PAYMENT);
}

/** Returns the settings of the trial network: the main network's subscriber, with its own path and domain. */
export function trialNetworkSettings(config: Config): NetworkSettings {
  const [main] = networksOf(config);
  if (!main) throw new Error('there is no network');
  const subscriber = { ...main.subscriber, domains: [TRIAL_DOMAIN] };
  return { ...main, subscriber, name: TRIAL_NETWORK, basePath: `${main.basePath}-trial` };
}

interface OpenTrial {
  readonly buyer: TrialBuyer;
  readonly site: Site;
  readonly password?: string;
  readonly cancel: Cancel;
}

/** The registry of the trial network: the keys of open trials' buyer apps, and their allowed callback targets. */
export class TrialRegistry implements RegistrySource {
  readonly maxAgeMs = KEY_CACHE_MS;
  readonly #buyers = new Map<string, TrialBuyer>();

  get allowedTargets(): readonly AllowedTarget[] {
    return [...this.#buyers.values()].map(targetOf);
  }

  lookup({ subscriberId }: { readonly subscriberId: string }): Promise<RegistryRecord[]> {
    const buyer = this.#buyers.get(subscriberId);
    if (!buyer) return Promise.resolve([]);
    const { keyId, publicKey, bapUri } = buyer;
    const record = { subscriberId, keyId, signingPublicKey: publicKey, url: bapUri, type: 'BAP', status: 'SUBSCRIBED' };
    return Promise.resolve([record]);
  }

  /** @param buyer Its public key is the base64 of the 32 raw bytes. */
  add(buyer: TrialBuyer): void {
    this.#buyers.set(buyer.subscriberId, buyer);
  }

  /** Removes a buyer app, unless a newer trial has replaced it. */
  remove(buyer: TrialBuyer): void {
    if (this.#buyers.get(buyer.subscriberId) === buyer) this.#buyers.delete(buyer.subscriberId);
  }
}

function targetOf({ bapUri, subscriberId }: TrialBuyer): AllowedTarget {
  const { protocol, hostname, port } = new URL(bapUri);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const defaultPort = scheme === 'https' ? 443 : 80;
  return { host: hostname, port: port === '' ? defaultPort : Number(port), scheme, subscriber: subscriberId };
}

export interface TrialsDeps {
  readonly registry: TrialRegistry;
  readonly signer: Signer;
  readonly subscriberId: string;
  readonly bridge: Pick<Bridge, 'catalogue' | 'chargePoints' | 'openOrders'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Returns the buyer apps' settings in force. Only their payment models are read. */
  readonly peers: () => Config['peers'];
}

export class TrialOperations implements Trials {
  readonly #deps: TrialsDeps;
  readonly #open = new Map<string, OpenTrial>();
  #addresses: { readonly becknUri: string; readonly ocppUrl: string } | undefined;

  constructor(deps: TrialsDeps) {
    this.#deps = deps;
  }

  /**
   * Sets the URLs at which a trial's buyer app and charge point reach us. Called once the listeners have their ports.
   */
  listening(addresses: { readonly becknUri: string; readonly ocppUrl: string }): void {
    this.#addresses = addresses;
  }

  open({ connector, buyer: applicant, simulate = false }: TrialRequest): Trial | TrialRefusal {
    const { registry, signer, subscriberId, bridge, clock, random } = this.#deps;
    if (!this.#addresses) return { refused: 'not-listening', message: 'The listeners are not open yet.' };
    const real = this.#findSite(connector);
    if (!real) return { refused: 'unknown-connector', message: `There is no connector ${connector} in the network.` };
    const publicKey = readRawKey(applicant.publicKey);
    if (typeof publicKey !== 'string') return { refused: 'key-invalid', message: publicKey.problem };
    const buyer = { ...applicant, publicKey };
    const isConnected = bridge.chargePoints.connectionOf(real.chargePoint.id) !== undefined;
    const isSimulated = simulate || !isConnected;
    const id = random.base32(10);
    const site = isSimulated ? copyOf(real, id) : real;
    if (isSimulated) bridge.catalogue.trialSites.add(site);
    registry.add(buyer);
    const password = isSimulated ? random.base32(PASSWORD_LENGTH) : undefined;
    const cancel = clock.callLater(TRIAL_MS, () => this.close(id));
    this.#open.set(id, { buyer, site, cancel, ...(password !== undefined && { password }) });
    const key = signer.currentKey();
    const { becknUri, ocppUrl } = this.#addresses;
    return {
      id,
      until: clock.now() + TRIAL_MS,
      provider: { subscriberId, uri: becknUri, keyId: key.keyId, publicKey: publicKeyOf(key) },
      site,
      payment: { model: TRIAL_PAYMENT, untried: untriedPayments(this.#deps.peers()) },
      ...(password !== undefined && { simulated: { url: ocppUrl, password } }),
    };
  }

  close(id: string): TrialEnd {
    const trial = this.#open.get(id);
    if (!trial) return 'unknown';
    const { bridge, registry, clock } = this.#deps;
    trial.cancel();
    // An open order still needs its simulated charge point, and its buyer app must still learn how the order ends.
    if (bridge.openOrders().some((order) => isOrderOf(trial, order))) {
      this.#open.set(id, { ...trial, cancel: clock.callLater(CLOSING_MS, () => this.close(id)) });
      return 'closing';
    }
    this.#open.delete(id);
    bridge.catalogue.trialSites.remove(trial.site);
    registry.remove(trial.buyer);
    return 'closed';
  }

  /** Returns the password of a trial's simulated charge point; `undefined` for other charge points. */
  passwordOf(chargePointId: string): string | undefined {
    for (const { site, password } of this.#open.values()) if (site.chargePoint.id === chargePointId) return password;
    return undefined;
  }

  #findSite(name: string): Site | undefined {
    const { catalogue } = this.#deps.bridge;
    const [chargePointId = '', number] = name.split('/');
    if (number !== undefined) return catalogue.current.site({ chargePointId, connectorId: Number(number) });
    const sites = catalogue.current.sitesOfItem(name);
    return sites.length === 1 ? sites[0] : sites.find(({ connector }) => connector.itemId === name);
  }
}

function isOrderOf({ buyer, site, password }: OpenTrial, { customer, connector }: Order): boolean {
  if (customer.network === TRIAL_NETWORK && customer.bapId === buyer.subscriberId) return true;
  return password !== undefined && connector.chargePointId === site.chargePoint.id;
}

/**
 * Reads a buyer app's public key, in any form that `readPublicKey` accepts. Returns base64 of its 32 raw bytes, as in a
 * registry, or why the key is invalid.
 */
function readRawKey(text: string): string | { readonly problem: string } {
  try {
    return Buffer.from(readPublicKey(text)).toString('base64');
  } catch (error) {
    if (error instanceof KeyFault) return { problem: error.message };
    throw error;
  }
}

/** Copies a connector to a station and a charge point that exist only in this trial. */
function copyOf({ provider, station, chargePoint, connector }: Site, trialId: string): Site {
  const id = `trial-${trialId}`;
  const { ubcId: _ubc, qrIdentifier: _qr, ...rest } = connector;
  const copy = { ...rest, itemId: `${id}-1`, connectorId: 1 };
  const point = { ...chargePoint, id, itemId: id, code: id, connectors: [copy] };
  return {
    provider,
    station: { ...station, id: `${id}-station`, chargePoints: [point] },
    chargePoint: point,
    connector: copy,
  };
}
