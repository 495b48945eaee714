/** Defines the checked, frozen settings. `config/config.schema.json` documents each one. */
import type { PaymentModel } from '../domain/model/payment.js';
import type { AckFormat } from './peer-settings.js';
import type { DiscoverySettings } from './discovery.js';
import type { StoreSettings } from './store-settings.js';
import type { BootPolicy, SecurityProfile } from '../ports/charger-access.js';
import { MAIN_NETWORK } from '../ports/networks.js';

export interface Config {
  readonly mode: 'sandbox' | 'production';
  /** Absolute, like the other file paths here. `store.path` may also be `:memory:`. */
  readonly dataDir: string;
  /** Absent if the store's newest version of the network decides what is sold. */
  readonly networkFile?: string;
  /** Our subscriber in the main network; `networksOf` returns all networks. */
  readonly subscriber: SubscriberSettings;
  /** The networks besides the main one. */
  readonly networks: readonly NetworkSettings[];
  readonly listen: {
    readonly beckn: Listener & {
      readonly basePath: string;
      readonly proxy?: { readonly addresses?: readonly string[] };
    };
    readonly ocpp: Listener & { readonly basePath: string; readonly tls?: TlsSettings; readonly proxy?: ProxySettings };
    readonly operator: Listener;
  };
  readonly registry: RegistrySettings;
  readonly signature: {
    readonly skewS: number;
    readonly maxAgeS: number;
    readonly gateway: 'accepted' | 'required';
    readonly legacyProxyHeader: boolean;
    readonly xed25519: boolean;
  };
  readonly callbacks: {
    readonly allow: readonly AllowedTarget[];
    readonly timeoutMs: number;
    readonly maxBytes: number;
    readonly terminalHorizonH: number;
    readonly stateHorizonH: number;
    readonly answerHorizonMin: number;
    /** Delays between attempts, ms; the last one repeats. */
    readonly retry: readonly number[];
  };
  readonly discovery: { readonly ubc?: DiscoverySettings };
  readonly store: StoreSettings;
  readonly beckn: {
    readonly maxBytes: number;
    readonly maxDepth: number;
    readonly staleness: 'warn' | 'strict';
    readonly ackStatus: AckStatus;
    readonly quoteTtlS: number;
    readonly perBapPerMinute: number;
    readonly failuresPerAddressPerMinute: number;
    readonly connectionsPerAddress: number;
    readonly connectionsTotal: number;
    readonly bodyBytesInFlight: number;
    readonly bodyTimeoutS: number;
    readonly connectorsPerBuyer: number;
    readonly holdsPerBuyer: number;
    readonly startsPerConnector: number;
    /** Whether Beckn 2.0.0 LTS is served. */
    readonly lts: boolean;
  };
  readonly search: {
    readonly pageSize: number;
    readonly maxPages: number;
    readonly emptyAnswer: 'empty-catalogue' | 'none';
  };
  readonly operator: {
    /** OCPP actions that an operator may not send; `*` means all. */
    readonly forbidden: readonly string[];
    readonly locationSchemes: readonly string[];
    readonly locationHosts: readonly string[];
  };
  /** Settings by buyer app id, which override those of `default`. Read them through `peerSettings`. */
  readonly peers: { readonly default: PeerSettings; readonly [bapId: string]: Partial<PeerSettings> };
  readonly ocpp: {
    readonly pingIntervalS: number;
    readonly callTimeoutS: number;
    readonly maxBytes: number;
    readonly heartbeatS: number;
    readonly bootRetryS: number;
    readonly configureAtConnect: boolean;
    readonly sampleIntervalS: number;
    readonly defaultProfile: SecurityProfile;
    readonly organisation?: string;
    readonly ca?: CaSettings;
    readonly quarantine: { readonly takeovers: number; readonly withinS: number };
    readonly failuresPerNetwork: number;
    readonly failuresPerIdentity: number;
    readonly handshakeS: number;
    readonly headerBytes: number;
    readonly waitingPerNetwork: number;
    readonly socketsTotal: number;
    readonly unreadableFramesPerMinute: number;
    readonly defaultDialect: ChargerDialect;
    readonly strict: boolean;
    /** Further base paths of chargers, or names of presets. */
    readonly aliases: readonly string[];
    /** The passwords are in `Secrets.chargePointPasswords`. */
    readonly chargePoints: {
      readonly [chargePointId: string]: ChargerProtocolSettings & {
        readonly profile: SecurityProfile;
        readonly boot?: BootPolicy;
      };
    };
  };
  readonly session: SessionConfig;
  /** The payment provider's secrets are in `Secrets.payments`. */
  readonly payments: PaymentsConfig;
  readonly log: { readonly level: LogLevel };
  readonly drainMs: number;
}

/** Our subscriber in one Beckn network. */
export interface SubscriberSettings extends Validity {
  readonly id: string;
  readonly uri: string;
  readonly keyId: string;
  readonly keyFile: string;
  readonly generate: boolean;
  /** Further signing keys, such as the next one and those that will soon expire. */
  readonly keys: readonly (Validity & { readonly keyId: string; readonly keyFile: string })[];
  /** X25519 private keys; a registry's challenge may be encrypted for any of them. */
  readonly encryptionKeyFiles: readonly string[];
  readonly domains: readonly string[];
  readonly city?: string;
  readonly country?: string;
  readonly replyViaGateway: boolean;
  /** The request id for ONDC site verification. */
  readonly siteVerification?: string;
}

/** RFC 3339 times; an absent one sets no limit. */
export interface Validity {
  readonly validFrom?: string;
  readonly validUntil?: string;
}

export interface NetworkSettings {
  readonly name: string;
  readonly basePath: string;
  readonly subscriber: SubscriberSettings;
  readonly registry: RegistrySettings;
}

export interface RegistrySettings {
  readonly kind: 'http' | 'succinct' | 'beckn' | 'ondc' | 'dedi' | 'file';
  readonly url?: string;
  /** The lookup protocol, if `kind` is `http`. */
  readonly spelling: 'succinct' | 'core' | 'ondc';
  readonly lookup: 'plain' | 'signed' | 'vlookup';
  readonly query?: { readonly [name: string]: string };
  readonly registryName?: string;
  readonly file?: string;
  /** Ed25519 public keys that verify the registry's calls to us. */
  readonly signingKeys: readonly string[];
  /** X25519 public keys of the registry, with which its challenges are decrypted. */
  readonly encryptionKeys: readonly string[];
  readonly cacheS: number;
  readonly negativeS: number;
  readonly staleS: number;
  readonly timeoutMs: number;
}

interface Listener {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

/** Paths of certificates and keys, which are PEM files. */
export interface TlsSettings {
  /** Port of a TLS listener in addition to the plain one. If absent, `listen.ocpp.port` itself uses TLS. */
  readonly port?: number;
  readonly certificates: readonly CertificatePair[];
  readonly clientCaFile?: string;
  readonly crlFile?: string;
  /** Warnings begin this many days before a certificate expires. */
  readonly warnDays?: number;
}

export interface CertificatePair {
  readonly certificateFile: string;
  readonly keyFile: string;
}

type CaSettings = CertificatePair & { readonly days?: number };

/** Proxies that terminate TLS and whose headers are trusted. */
export interface ProxySettings {
  /** IP addresses and networks (CIDR). */
  readonly addresses?: readonly string[];
  readonly certificateHeader?: string;
}

/** A loopback, private or plain-http callback target that is allowed nevertheless. All parts must match exactly. */
interface AllowedTarget {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly subscriber: string;
}

type AckStatus = 200 | 202;
type ChargerDialect = 'auto' | 'ocpp-j' | 'envelope';

/** How one charge point speaks OCPP. If `dialect` or `strict` is absent, the setting for all charge points applies. */
export interface ChargerProtocolSettings {
  readonly dialect?: ChargerDialect;
  readonly strict?: boolean;
  readonly quirks?: readonly string[];
}

type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** How to communicate with one buyer app, and how it may pay. */
export interface PeerSettings extends Partial<AckFormat> {
  readonly units: 'Wh' | 'kWh';
  readonly time: 's' | 'min';
  readonly optionCase: 'lower' | 'capital';
  readonly sessionDetails: 'rich' | 'sampled-value';
  readonly ackStatus?: AckStatus;
  /** What a cancel does to a running session, in the dialects that stop sessions with an update; `stop` by default. */
  readonly cancelRunning?: 'stop' | 'refuse';
  /** Overrides the dialect that the context of a request indicates. */
  readonly dialect?: string;
  /** Payment models open to the buyer app; the first applies unless it asks for another. Default: `bap-prepaid`. */
  readonly payments?: readonly PaymentModel[];
  /** Override `session.progressS` and `session.progressWh`; 0 switches that trigger off. */
  readonly progressS?: number;
  readonly progressWh?: number;
}

/** The payment provider for payments that we collect ourselves, and how long we wait for payments. */
interface PaymentsConfig {
  /** Base URL of the provider's API. If absent, we collect no payments ourselves. */
  readonly url?: string;
  /** Names of the environment variables that contain the secrets. */
  readonly keyEnv: string;
  readonly webhookSecretEnv: string;
  readonly timeoutMs: number;
  readonly paidDraftS: number;
  readonly payWithinS: number;
  readonly cable: 'ended' | 'paid';
  /** UTC offset of the days in settlement reports, minutes. */
  readonly utcOffsetMin: number;
}

/** Time limits and thresholds of orders and sessions: in seconds (`…S`), hours (`…H`) or Wh, or counts. */
interface SessionConfig {
  readonly pendingS: number;
  readonly startTimeoutS: number;
  readonly stopRetryS: number;
  readonly stopAttempts: number;
  readonly unsureS: number;
  readonly lostStopS: number;
  readonly maxDurationS: number;
  readonly proveAliveS: number;
  readonly offlineS: number;
  readonly finalS: number;
  readonly progressS: number;
  readonly progressWh: number;
  readonly stopLatencyS: number;
  readonly draftTtlS: number;
  readonly slotLeadS: number;
  readonly buyerStartS: number;
  readonly answerWithinS: number;
  readonly slotGraceS: number;
  readonly slotAheadH: number;
}

/** Values that must never be shown. They are kept out of `Config`, so that `Config` can be printed. */
export interface Secrets {
  /** The content of the main network's first signing key file: PEM or base64. */
  readonly signingKey: string;
  /** The content of all other key files, by path. */
  readonly keyFiles?: ReadonlyMap<string, string>;
  readonly operatorToken: string;
  /** The store's URI with credentials. */
  readonly storeUri?: string;
  /** The payment provider's secrets, if a provider is configured. */
  readonly payments?: { readonly key: string; readonly webhookSecret: string };
  /** By charge point id. */
  readonly chargePointPasswords: ReadonlyMap<string, string>;
}

/** Returns a buyer app's effective settings: its own on top of the defaults. */
export function peerSettings(peers: Config['peers'], bapId: string): PeerSettings {
  return Object.hasOwn(peers, bapId) ? { ...peers.default, ...peers[bapId] } : peers.default;
}

/** Returns all networks, the main network first. */
export function networksOf({ subscriber, registry, listen, networks }: Config): readonly NetworkSettings[] {
  return [{ name: MAIN_NETWORK, basePath: listen.beckn.basePath, subscriber, registry }, ...networks];
}
