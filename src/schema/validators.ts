/** Loads the generated checks, one module at a time on first use. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ErrorObject } from 'ajv';
import { violationOf, type SchemaError, type Violation } from './violation.js';

export type { Violation } from './violation.js';

/** Returns the first rule that `value` violates; `undefined` if it is valid. Never throws, whatever the value. */
export type Check = (value: unknown) => Violation | undefined;

export type OcppVersionName = '1.6' | '2.0.1' | '2.1';
/** `send`: a message without a response (2.1). */
export type OcppKind = 'request' | 'response' | 'send';
export type Sender = 'charge-point' | 'central-system' | 'both';
export type BecknFamily =
  | 'uei-charging-1.0.0'
  | 'ev-charging-1.1.0'
  | 'registry'
  | 'transport'
  | 'ubc-2.0.0'
  | 'lts-2.0.0';

interface GeneratedCheck {
  (value: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

interface OcppMessages {
  readonly senders: ReadonlyMap<string, Sender>;
  /** Payloads that have a generated check, such as `Heartbeat.request`. */
  readonly payloads: ReadonlySet<string>;
}

// From src (in tests) the validators are in dist; from dist and the bundle they are in a sibling folder.
const validatorsUrl = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/validators/' : '../validators/',
  import.meta.url,
);
const require = createRequire(import.meta.url);
const checks = new Map<string, Check>();
const messages = new Map<OcppVersionName, OcppMessages>();
const becknMessages = new Map<string, ReadonlySet<string>>();

/**
 * Returns the check of one OCPP payload, without its frame.
 * @errors `undefined` if the version has no such action or kind; throws if the project was never built.
 * @source OCPP 1.6 with the security whitepaper, 2.0.1, 2.1.
 */
export function ocppCheck(version: OcppVersionName, action: string, kind: OcppKind): Check | undefined {
  const payload = `${action}.${kind}`;
  return ocppMessages(version).payloads.has(payload) ? loadCheck(`ocpp-${version}/${payload}`) : undefined;
}

/**
 * Returns the check of one OCPP payload. The check is loaded when it is first called.
 * @errors The check throws if the version has no such action or kind.
 */
export function lazyOcppCheck(version: OcppVersionName, action: string, kind: OcppKind): Check {
  let check: Check | undefined;
  return (value) => {
    check ??= ocppCheck(version, action, kind);
    if (!check) throw new Error(`There is no schema for the ${version} ${kind} of ${action}.`);
    return check(value);
  };
}

/** Returns a function that returns the request and response checks of an action. */
export function lazyOcppChecks(
  version: OcppVersionName,
): (action: string) => { readonly checkRequest: Check; readonly checkResponse: Check } {
  const byAction = new Map<string, { readonly checkRequest: Check; readonly checkResponse: Check }>();
  return (action) => {
    let checks = byAction.get(action);
    if (!checks) {
      checks = {
        checkRequest: lazyOcppCheck(version, action, 'request'),
        checkResponse: lazyOcppCheck(version, action, 'response'),
      };
      byAction.set(action, checks);
    }
    return checks;
  };
}

/**
 * Returns the check of a whole Beckn message, `{context, message}`: liberal for requests from peers, strict for the
 * `on_…` callbacks that we send. There are also checks for a registry record (`registry`, `lookup-record`) and for the
 * response to a callback (`transport`, `ack`).
 * @errors `undefined` if the family has no such message; throws if the project was never built.
 */
export function becknCheck(family: BecknFamily, message: string): Check | undefined {
  let names = becknMessages.get(family);
  if (!names) {
    const index = readModule(`beckn-${family}/index.json`);
    names = new Set(Array.isArray(index) ? index.filter((name) => typeof name === 'string') : []);
    becknMessages.set(family, names);
  }
  return names.has(message) ? loadCheck(`beckn-${family}/${message}`) : undefined;
}

/** Returns the settings if they match their schema, otherwise all errors. */
export type SettingsCheck<T> = (value: unknown) => { readonly value: T } | { readonly errors: readonly ErrorObject[] };

/**
 * Returns the check of a settings file. It is compiled at build time, because compiling it at startup would take longer
 * than the rest of the startup. A second, larger check lists all errors; it is loaded only if there are any.
 * @shape  `T` is the type that `config/<name>.schema.json` describes.
 * @errors The check throws if the project was never built.
 */
export function settingsCheck<T>(name: 'config' | 'network'): SettingsCheck<T> {
  return (value) => {
    if (settingsModule<T>(`settings/${name}.cjs`)(value)) return { value };
    const checkAll = settingsModule<T>(`settings/${name}.all-errors.cjs`);
    return checkAll(value) ? { value } : { errors: checkAll.errors ?? [] };
  };
}

interface SettingsModule<T> {
  (value: unknown): value is T;
  readonly errors?: readonly ErrorObject[] | null;
}

function settingsModule<T>(file: string): SettingsModule<T> {
  const generated = readModule(file);
  if (typeof generated !== 'function') throw new Error(`dist/validators/${file} is not a validator.`);
  return generated as SettingsModule<T>;
}

/** Returns the actions of a version, and which side may send them. */
export function ocppActions(version: OcppVersionName): ReadonlyMap<string, Sender> {
  return ocppMessages(version).senders;
}

function ocppMessages(version: OcppVersionName): OcppMessages {
  let known = messages.get(version);
  if (!known) {
    const index = readModule(`ocpp-${version}/index.json`) as Readonly<
      Record<string, { from: Sender; kinds: OcppKind[] }>
    >;
    const entries = Object.entries(index);
    known = {
      senders: new Map(entries.map(([action, { from }]) => [action, from])),
      payloads: new Set(entries.flatMap(([action, { kinds }]) => kinds.map((kind) => `${action}.${kind}`))),
    };
    messages.set(version, known);
  }
  return known;
}

function isGeneratedCheck(module: unknown): module is GeneratedCheck {
  return typeof module === 'function';
}

function loadCheck(module: string): Check {
  let check = checks.get(module);
  if (!check) {
    const generated = readModule(`${module}.cjs`);
    if (!isGeneratedCheck(generated))
      throw new Error(`dist/validators/${module}.cjs is not a validator: run \`npm run build\`.`);
    check = (value) => (generated(value) ? undefined : violationOf(generated.errors?.[0], value));
    checks.set(module, check);
  }
  return check;
}

function readModule(file: string): unknown {
  try {
    return require(fileURLToPath(new URL(file, validatorsUrl)));
  } catch (cause) {
    throw new Error(`The validators are missing (${file}): run \`npm run build\` first.`, { cause });
  }
}
