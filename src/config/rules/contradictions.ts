/** Finds settings that the schema allows, but that contradict each other or `mode`, or can have no effect. */
import { NETWORK_RULES, PRODUCTION_NETWORK_RULES } from './network-rules.js';
import type { Rule } from './rule.js';
import { SECURITY_RULES } from './security-rules.js';
import type { Settings } from '../settings-file.js';

/** @returns One sentence per contradiction. */
export function findContradictions(settings: Settings): string[] {
  return [...GENERAL_RULES, ...(settings.mode === 'production' ? PRODUCTION_RULES : [])].flatMap(
    (rule) => rule(settings) ?? [],
  );
}

const GENERAL_RULES: readonly Rule[] = [
  ...SECURITY_RULES,
  ...NETWORK_RULES,
  ({ store }) =>
    store.kind === 'mongo' && store.uri === undefined
      ? 'store.uri: is missing; store.kind "mongo" connects to it'
      : undefined,
  ({ store }) =>
    store.kind === 'sqlite' && store.uri !== undefined
      ? 'store.uri: is set, but store.kind "sqlite" connects to no server; set store.kind to "mongo" or remove store.uri'
      : undefined,
  ({ callbacks }) =>
    callbacks.allow
      .filter(({ host }) => !host.includes('*') && !isOneHost(host))
      .map(
        ({ host }) =>
          `callbacks.allow: "${host}" matches nothing; name one host, or one address in its usual spelling: ranges, ports and schemes are not possible here`,
      ),
  ({ callbacks }) =>
    callbacks.allow
      .filter(({ host, subscriber }) => host.includes('*') || subscriber.includes('*'))
      .map(
        ({ host, subscriber }) =>
          `callbacks.allow: "${host}" for "${subscriber}" has a wildcard; name one host and one subscriber, because every match may reach inside the network`,
      ),
  ({ callbacks }) =>
    callbacks.answerHorizonMin > callbacks.stateHorizonH * 60 || callbacks.stateHorizonH > callbacks.terminalHorizonH
      ? 'callbacks.terminalHorizonH: must be at least stateHorizonH, which must be at least answerHorizonMin; the end of an order is retried longest'
      : undefined,
  ({ session }) =>
    session.finalS < session.lostStopS
      ? `session.finalS: ${session.finalS} is shorter than session.lostStopS ${session.lostStopS}; a correction must be possible after the end was inferred`
      : undefined,
  ({ payments, peers }) =>
    payments.url !== undefined
      ? undefined
      : Object.entries(peers).flatMap(([id, peer]) =>
          (peer.payments ?? [])
            .filter((plan) => plan.startsWith('bpp-'))
            .map(
              (plan) =>
                `peers.${id}.payments: "${plan}" needs payments.url; without a payment provider nobody can collect the money`,
            ),
        ),
  ({ ocpp }) =>
    Object.entries(ocpp.chargePoints).flatMap(([id, point]) =>
      point.password !== undefined && point.passwordEnv !== undefined
        ? [`ocpp.chargePoints.${id}: has password and passwordEnv; keep one`]
        : [],
    ),
  ({ listen }) => {
    const taken = new Map<string, string>();
    const { ocpp } = listen;
    const tls = ocpp.tls?.port === undefined ? {} : { 'ocpp.tls': { host: ocpp.host, port: ocpp.tls.port } };
    return Object.entries({ ...listen, ...tls }).flatMap(([name, { host, port }]) => {
      const address = `${host}:${port}`;
      const other = taken.get(address);
      taken.set(address, name);
      return port !== 0 && other !== undefined ? [`listen.${name}.port: listen.${other} already uses ${port}`] : [];
    });
  },
];

/** Checks whether a host is spelled as in a parsed URL. Otherwise it could never match the host of a callback's URL. */
function isOneHost(host: string): boolean {
  const url = host.includes(':') ? `http://[${host}]` : `http://${host}`;
  if (!/^[\w.:-]+$/.test(host) || !URL.canParse(url)) return false;
  return new URL(url).hostname.replace(/^\[|\]$/g, '') === host.toLowerCase();
}

const PRODUCTION_RULES: readonly Rule[] = [
  ...PRODUCTION_NETWORK_RULES,
  ({ payments }) =>
    payments.url?.startsWith('http:')
      ? `payments.url: "${payments.url}" must be https in mode "production"; the key that authorises payments is sent there`
      : undefined,
  ({ callbacks }) =>
    callbacks.allow.length > 0
      ? 'callbacks.allow: must be empty in mode "production"; it opens private addresses to callbacks'
      : undefined,
  ({ ocpp }) =>
    ocpp.defaultProfile === 0
      ? 'ocpp.defaultProfile: 0 is for mode "sandbox"; without authentication anyone can pretend to be one of your chargers'
      : undefined,
  ({ ocpp }) =>
    Object.entries(ocpp.chargePoints).flatMap(([id, point]) => [
      ...(point.profile === 0
        ? [
            `ocpp.chargePoints.${id}.profile: 0 is for mode "sandbox"; without authentication anyone can pretend to be this charger`,
          ]
        : []),
      ...(point.password !== undefined
        ? [`ocpp.chargePoints.${id}.password: is for mode "sandbox"; use passwordEnv, so that the file holds no secret`]
        : []),
    ]),
];
