/** The settings of the product, checked and frozen. `config/config.schema.json` says what each one means. */
import { MAIN_NETWORK } from '../ports/networks.js';
import type { PaymentModel } from '../domain/model/payment.js';
import type { AckFormat } from './peer-settings.js';
import type { DiscoverySettings } from './discovery.js';

export interface Config {
  readonly mode: 'sandbox' | 'production';
  /** Absolute, like every path in here. */
  readonly dataDir: string;
  readonly networkFile: string;
  /** Who we are in the first network; `networksOf` gives all of them. */
  readonly subscriber: SubscriberSettings;
  /** The networks besides the first. */
  readonly networks: readonly NetworkSettings[];
  readonly listen: {
    readonly beckn: Listener & { readonly basePath: string };
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
    /** Waits between attempts, ms; the last one repeats. */
    readonly retry: readonly number[];
  };
  readonly discovery: { readonly ubc?: DiscoverySettings };
  readonly store: {
    readonly kind: 'sqlite' | 'mongo';
    readonly path: string;
    /** Without credentials; `Secrets.storeUri` is the one to connect with. */
    readonly uri?: string;
  };
  readonly beckn: {
    readonly maxBytes: number;
    readonly maxDepth: number;
    readonly staleness: 'warn' | 'strict';
    readonly ackStatus: AckStatus;
    readonly quoteTtlS: number;
    readonly perBapPerMinute: number;
    /** Whether Beckn 2.0.0 LTS is served. */
    readonly lts: boolean;
  };
  readonly search: {
    readonly pageSize: number;
    readonly maxPages: number;
    readonly emptyAnswer: 'empty-catalogue' | 'none';
  };
  readonly operator: {
    /** OCPP actions that an operator may not send; `*` is every one. */
    readonly forbidden: readonly string[];
  };
  /** By buyer app id; `default` holds for all others. Read it through `peerSettings`. */
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
    readonly defaultDialect: ChargerDialect;
    readonly strict: boolean;
    /** Passwords are in `Secrets.chargePointPasswords`. */
    readonly chargePoints: {
      readonly [chargePointId: string]: ChargerProtocolSettings & {
        readonly profile: SecurityProfile;
        readonly boot?: BootPolicy;
      };
    };
  };
  readonly session: SessionConfig;
  /** Its secrets are in `Secrets.payments`. */
  readonly payments: PaymentsConfig;
  readonly log: { readonly level: LogLevel };
  readonly drainMs: number;
}

/** Who we are in one Beckn network. */
export interface SubscriberSettings extends Validity {
  readonly id: string;
  readonly uri: string;
  readonly keyId: string;
  readonly keyFile: string;
  readonly generate: boolean;
  /** Signing keys besides the first: the next one, and those that are running out. */
  readonly keys: readonly (Validity & { readonly keyId: string; readonly keyFile: string })[];
  /** X25519 private keys; any of them may have to solve a registry's challenge. */
  readonly encryptionKeyFiles: readonly string[];
  readonly domains: readonly string[];
  readonly city?: string;
  readonly country?: string;
  readonly replyViaGateway: boolean;
  /** Request id of an ONDC site verification. */
  readonly siteVerification?: string;
}

/** RFC 3339; absent is without end. */
export interface Validity {
  readonly validFrom?: string;
  readonly validUntil?: string;
}

/** A network besides the first. */
export interface NetworkSettings {
  readonly name: string;
  readonly basePath: string;
  readonly subscriber: SubscriberSettings;
  readonly registry: RegistrySettings;
}

export interface RegistrySettings {
  readonly kind: 'http' | 'succinct' | 'beckn' | 'ondc' | 'dedi' | 'file';
  readonly url?: string;
  /** What kind `http` speaks. */
  readonly spelling: 'succinct' | 'core' | 'ondc';
  readonly lookup: 'plain' | 'signed' | 'vlookup';
  readonly query?: { readonly [name: string]: string };
  readonly registryName?: string;
  readonly file?: string;
  /** Public keys that its calls to us are signed with, Ed25519. */
  readonly signingKeys: readonly string[];
  /** Public keys that its challenges are made with, X25519. */
  readonly encryptionKeys: readonly string[];
  readonly cacheS: number;
  readonly negativeS: number;
  readonly staleS: number;
  readonly timeoutMs: number;
}

export interface Listener {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Where certificates and keys are, PEM files all of them. */
export interface TlsSettings {
  /** A listener of its own beside the plain one; without it `listen.ocpp.port` is TLS. */
  readonly port?: number;
  readonly certificates: readonly CertificatePair[];
  readonly clientCaFile?: string;
  readonly crlFile?: string;
}

export interface CertificatePair {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export type CaSettings = CertificatePair & { readonly days?: number };

/** Proxies that end TLS: what their headers say of a request is believed. */
export interface ProxySettings {
  /** Addresses and networks (CIDR). */
  readonly addresses?: readonly string[];
  readonly certificateHeader?: string;
}

/** One callback target that may be loopback, private or plain http: matched exactly, part by part. */
export interface AllowedTarget {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly subscriber: string;
}

export type AckStatus = 200 | 202;
/**
 * 0 nothing, 1 HTTP Basic, 2 HTTP Basic over TLS, 3 a client certificate.
 * @source OCPP 1.6 security whitepaper §3; OCPP 2.0.1 part 2, A00
 */
export type SecurityProfile = 0 | 1 | 2 | 3;
/** How BootNotifications are answered: Accepted, Pending or Rejected. */
export type BootPolicy = 'accept' | 'pending' | 'reject';
export type ChargerDialect = 'auto' | 'ocpp-j' | 'envelope';

/** How one charge point differs from the others; what is left out is `ocpp`'s. */
export interface ChargerProtocolSettings {
  readonly dialect?: ChargerDialect;
  readonly strict?: boolean;
  readonly quirks?: readonly string[];
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** How one buyer app spells what its dialect leaves open. */
export interface PeerSettings extends Partial<AckFormat> {
  readonly units: 'Wh' | 'kWh';
  readonly time: 's' | 'min';
  readonly optionCase: 'lower' | 'capital';
  readonly sessionDetails: 'rich' | 'sampled-value';
  readonly ackStatus?: AckStatus;
  /** What a cancel does to a session that runs, in dialects where updates stop; `stop` unless said. */
  readonly cancelRunning?: 'stop' | 'refuse';
  /** Overrides the dialect that the context names. */
  readonly dialect?: string;
  /** How its orders may be paid; the first one unless it asks for another of them. `bap-prepaid` unless set. */
  readonly payments?: readonly PaymentModel[];
  /** Instead of those of `session`; 0 pushes none for that reason. */
  readonly progressS?: number;
  readonly progressWh?: number;
}

/** The payment provider of what we collect ourselves, and how long money is waited for. */
export interface PaymentsConfig {
  /** Its API; without it nothing can be collected by us. */
  readonly url?: string;
  /** Names of environment variables. */
  readonly keyEnv: string;
  readonly webhookSecretEnv: string;
  readonly timeoutMs: number;
  readonly paidDraftS: number;
  readonly payWithinS: number;
  readonly cable: 'ended' | 'paid';
  /** Where the days of the settlement begin. */
  readonly utcOffsetMin: number;
}

/** Windows and thresholds of a charging session. Seconds, but `progressWh` (Wh) and `stopAttempts` (times). */
export interface SessionConfig {
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

/** What must not be shown; never part of `Config`, so that `Config` may be printed. */
export interface Secrets {
  /** The signing key's file as text: PEM or base64. */
  readonly signingKey: string;
  /** All other key files of all networks, as text, by path. */
  readonly keyFiles?: ReadonlyMap<string, string>;
  readonly operatorToken: string;
  /** Where the operator finds the token. */
  readonly operatorTokenFile: string;
  /** The store's URI with its credentials. */
  readonly storeUri?: string;
  /** Of the payment provider, where there is one. */
  readonly payments?: { readonly key: string; readonly webhookSecret: string };
  /** By charge point id. */
  readonly chargePointPasswords: ReadonlyMap<string, string>;
}

/** The settings that hold for a buyer app: its own over the defaults. */
export function peerSettings(peers: Config['peers'], bapId: string): PeerSettings {
  return Object.hasOwn(peers, bapId) ? { ...peers.default, ...peers[bapId] } : peers.default;
}

/** Every network, the first one first. */
export function networksOf({ subscriber, registry, listen, networks }: Config): readonly NetworkSettings[] {
  return [{ name: MAIN_NETWORK, basePath: listen.beckn.basePath, subscriber, registry }, ...networks];
}
