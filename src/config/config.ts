/** The checked, frozen settings. `config/config.schema.json` documents each of them. */
import type { PaymentModel } from '../domain/model/payment.js';
import type { AckFormat } from './peer-settings.js';
import type { DiscoverySettings } from './discovery.js';
import type { BootPolicy, SecurityProfile } from '../ports/charger-access.js';
import { MAIN_NETWORK } from '../ports/networks.js';

export interface Config {
  readonly mode: 'sandbox' | 'production';
  /** Absolute, like every path here. */
  readonly dataDir: string;
  readonly networkFile: string;
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
  readonly store: {
    readonly kind: 'sqlite' | 'mongo';
    readonly path: string;
    /** Without credentials; connect with `Secrets.storeUri`. */
    readonly uri?: string;
  };
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
    /** OCPP actions that an operator may not send; `*` means all of them. */
    readonly forbidden: readonly string[];
    readonly locationSchemes: readonly string[];
    readonly locationHosts: readonly string[];
  };
  /** By buyer app id; `default` applies to all others. Read them through `peerSettings`. */
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
    /** `Secrets.chargePointPasswords` holds the passwords. */
    readonly chargePoints: {
      readonly [chargePointId: string]: ChargerProtocolSettings & {
        readonly profile: SecurityProfile;
        readonly boot?: BootPolicy;
      };
    };
  };
  readonly session: SessionConfig;
  /** `Secrets.payments` holds its secrets. */
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
  /** Signing keys besides the first: the next one and expiring ones. */
  readonly keys: readonly (Validity & { readonly keyId: string; readonly keyFile: string })[];
  /** X25519 private keys; a registry's challenge may need any of them. */
  readonly encryptionKeyFiles: readonly string[];
  readonly domains: readonly string[];
  readonly city?: string;
  readonly country?: string;
  readonly replyViaGateway: boolean;
  /** The request id of an ONDC site verification. */
  readonly siteVerification?: string;
}

/** RFC 3339 times; an absent one means no limit. */
export interface Validity {
  readonly validFrom?: string;
  readonly validUntil?: string;
}

/** One Beckn network. */
export interface NetworkSettings {
  readonly name: string;
  readonly basePath: string;
  readonly subscriber: SubscriberSettings;
  readonly registry: RegistrySettings;
}

export interface RegistrySettings {
  readonly kind: 'http' | 'succinct' | 'beckn' | 'ondc' | 'dedi' | 'file';
  readonly url?: string;
  /** The protocol that kind `http` uses. */
  readonly spelling: 'succinct' | 'core' | 'ondc';
  readonly lookup: 'plain' | 'signed' | 'vlookup';
  readonly query?: { readonly [name: string]: string };
  readonly registryName?: string;
  readonly file?: string;
  /** Ed25519 public keys that verify the registry's calls to us. */
  readonly signingKeys: readonly string[];
  /** X25519 public keys that the registry encrypts its challenges with. */
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

/** Paths of certificates and keys, all PEM files. */
export interface TlsSettings {
  /** The port of a TLS listener beside the plain one; without it `listen.ocpp.port` uses TLS. */
  readonly port?: number;
  readonly certificates: readonly CertificatePair[];
  readonly clientCaFile?: string;
  readonly crlFile?: string;
  /** Days before the end of a certificate from which it is warned of. */
  readonly warnDays?: number;
}

export interface CertificatePair {
  readonly certificateFile: string;
  readonly keyFile: string;
}

type CaSettings = CertificatePair & { readonly days?: number };

/** Proxies that terminate TLS; their headers are trusted. */
export interface ProxySettings {
  /** Addresses and networks (CIDR). */
  readonly addresses?: readonly string[];
  readonly certificateHeader?: string;
}

/** A callback target that may be loopback, private or plain http. All parts must match exactly. */
interface AllowedTarget {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly subscriber: string;
}

type AckStatus = 200 | 202;
type ChargerDialect = 'auto' | 'ocpp-j' | 'envelope';

/** Settings of one charge point; absent ones fall back to `ocpp`. */
export interface ChargerProtocolSettings {
  readonly dialect?: ChargerDialect;
  readonly strict?: boolean;
  readonly quirks?: readonly string[];
}

type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** The spelling that one buyer app expects where its dialect leaves a choice. */
export interface PeerSettings extends Partial<AckFormat> {
  readonly units: 'Wh' | 'kWh';
  readonly time: 's' | 'min';
  readonly optionCase: 'lower' | 'capital';
  readonly sessionDetails: 'rich' | 'sampled-value';
  readonly ackStatus?: AckStatus;
  /** What a cancel does to a running session, in dialects where an update stops it; `stop` by default. */
  readonly cancelRunning?: 'stop' | 'refuse';
  /** Overrides the dialect that the context names. */
  readonly dialect?: string;
  /** The payment models it may use; the first one applies unless it asks for another. `bap-prepaid` by default. */
  readonly payments?: readonly PaymentModel[];
  /** Override those of `session`; 0 turns that trigger off. */
  readonly progressS?: number;
  readonly progressWh?: number;
}

/** The payment provider for money that we collect ourselves, and how long we wait for money. */
interface PaymentsConfig {
  /** The URL of its API; without it we collect nothing ourselves. */
  readonly url?: string;
  /** Names of environment variables. */
  readonly keyEnv: string;
  readonly webhookSecretEnv: string;
  readonly timeoutMs: number;
  readonly paidDraftS: number;
  readonly payWithinS: number;
  readonly cable: 'ended' | 'paid';
  /** The offset at which settlement days begin. */
  readonly utcOffsetMin: number;
}

/** Windows and thresholds of a charging session, in seconds except `progressWh` (Wh) and `stopAttempts` (a count). */
interface SessionConfig {
  readonly pendingS: number;
  readonly startTimeoutS: number;
  readonly stopRetryS: number;
  readonly stopAttempts: number;
  readonly unsureS: number;
  readonly lostStopS: number;
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
  /** Hours. */
  readonly slotAheadH: number;
}

/** Values that must never be shown. They are not part of `Config`, so `Config` can be printed. */
export interface Secrets {
  /** The content of the signing key file: PEM or base64. */
  readonly signingKey: string;
  /** The content of all other key files of all networks, by path. */
  readonly keyFiles?: ReadonlyMap<string, string>;
  readonly operatorToken: string;
  /** The store's URI with credentials. */
  readonly storeUri?: string;
  /** The payment provider's secrets, when one is configured. */
  readonly payments?: { readonly key: string; readonly webhookSecret: string };
  /** By charge point id. */
  readonly chargePointPasswords: ReadonlyMap<string, string>;
}

/** The effective settings of a buyer app: its own over the defaults. */
export function peerSettings(peers: Config['peers'], bapId: string): PeerSettings {
  return Object.hasOwn(peers, bapId) ? { ...peers.default, ...peers[bapId] } : peers.default;
}

/** All networks, the main one first. */
export function networksOf({ subscriber, registry, listen, networks }: Config): readonly NetworkSettings[] {
  return [{ name: MAIN_NETWORK, basePath: listen.beckn.basePath, subscriber, registry }, ...networks];
}
