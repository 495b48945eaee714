/** The generated checks, loaded one module at a time on first use. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ErrorObject } from 'ajv';
import { violationOf, type SchemaError, type Violation } from './violation.js';

export type { Violation } from './violation.js';

/** Tells the first rule that `value` breaks; undefined when it keeps them all. Never throws, whatever it is given. */
export type Check = (value: unknown) => Violation | undefined;

export type OcppVersionName = '1.6' | '2.0.1' | '2.1';
/** A `send` is a request that is never answered (2.1). */
export type OcppKind = 'request' | 'response' | 'send';
export type Sender = 'charge-point' | 'central-system' | 'both';
export type BecknFamily =
  'uei-charging-1.0.0' | 'ev-charging-1.1.0' | 'registry' | 'transport' | 'ubc-2.0.0' | 'lts-2.0.0';

interface GeneratedCheck {
  (value: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

interface OcppMessages {
  readonly senders: ReadonlyMap<string, Sender>;
  /** `Heartbeat.request`: what there is a module for. */
  readonly payloads: ReadonlySet<string>;
}

// From src (tests) the validators lie in dist beside it; from dist, in the folder next door.
const validatorsUrl = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/validators/' : '../validators/',
  import.meta.url,
);
const require = createRequire(import.meta.url);
const checks = new Map<string, Check>();
const messages = new Map<OcppVersionName, OcppMessages>();
const becknMessages = new Map<string, ReadonlySet<string>>();

/**
 * The check of one OCPP payload (not of its frame).
 * @errors undefined for an action this version does not have, or not in this kind; throws when the project was never
 *   built.
 * @source OCPP JSON schemas: 1.6 with the security whitepaper, 2.0.1, 2.1.
 */
export function ocppCheck(version: OcppVersionName, action: string, kind: OcppKind): Check | undefined {
  const payload = `${action}.${kind}`;
  return ocppMessages(version).payloads.has(payload) ? loadCheck(`ocpp-${version}/${payload}`) : undefined;
}

/**
 * The check of a whole Beckn message, `{context, message}`: liberal for what peers send us, strict for the `on_…`
 * that we send; of one registry record (`registry`, `lookup-record`); of an answer to a callback (`transport`, `ack`).
 * @errors undefined for a message this family does not have; throws when the project was never built.
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

/** Whether a settings file is well-formed, and if not, everything that is wrong with it. */
export type SettingsCheck<T> = (value: unknown) => { readonly value: T } | { readonly errors: readonly ErrorObject[] };

/**
 * Made at build like the others: compiling it at every start would take longer than all the rest of a start. The one that
 * can say what is wrong is six times as large, and is loaded when something is.
 * @shape  `T` is what `config/<name>.schema.json` describes.
 * @errors Throws when the project was never built.
 */
export function settingsCheck<T>(name: 'config' | 'network'): SettingsCheck<T> {
  return (value) => {
    if (settingsModule<T>(`settings/${name}.cjs`)(value)) return { value: value };
    const told = settingsModule<T>(`settings/${name}.told.cjs`);
    return told(value) ? { value: value } : { errors: told.errors ?? [] };
  };
}

interface SettingsModule<T> {
  (value: unknown): value is T;
  readonly errors?: readonly ErrorObject[] | null;
}

function settingsModule<T>(file: string): SettingsModule<T> {
  const generated = readModule(file);
  if (typeof generated !== 'function') throw new Error(`dist/validators/${file} is no validator.`);
  return generated as SettingsModule<T>;
}

/** The actions of a version and who may send them. */
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
      throw new Error(`dist/validators/${module}.cjs is no validator: run \`npm run build\`.`);
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
