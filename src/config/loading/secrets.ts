/** Reads secrets from files, settings and the environment; generates some on first start. They never enter `Config`. */
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from '../../ports/runtime.js';
import { networksOf, type Config, type Secrets, type SubscriberSettings } from '../config.js';
import { findPasswordWeakness } from '../rules/password-strength.js';
import type { Settings } from '../settings-file.js';
import { generateKeyText, readKeyText } from './key-text.js';

/** Each character has 5 random bits, so a token has 200 bits. */
const TOKEN_CHARACTERS = 40;

/** How missing files are generated. */
export interface Generation {
  readonly random: Pick<Random, 'base32'>;
  /** If true, generated keys and tokens are not written to files. */
  readonly isDryRun: boolean;
}

/**
 * Reads the secrets that `config` refers to. Generates a missing operator token and, if `subscriber.generate` is true,
 * missing keys, in files that only their owner can read.
 * @errors Returns sentences as `problems`.
 */
export function readSecrets(
  config: Config,
  settings: Settings,
  env: NodeJS.ProcessEnv,
  { random, isDryRun }: Generation,
): { secrets: Secrets } | { problems: string[] } {
  const problems: string[] = [];
  const attempt = <T>(key: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push(`${key}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const tokenFile = join(config.dataDir, 'operator-token');
  const passwords = readChargePointPasswords(settings, env, problems);
  const payments = readPaymentSecrets(config, env, problems);
  const signingKey = attempt('subscriber.keyFile', () =>
    readKeyFile(config, config.subscriber.keyFile, { make: signingKeyGenerator(config.subscriber), isDryRun }),
  );
  const keyFiles = new Map<string, string>();
  for (const { key, file, generate } of otherKeyFiles(config)) {
    const text = attempt(key, () => readKeyFile(config, file, { make: generate, isDryRun }));
    if (text !== undefined) keyFiles.set(file, text);
  }
  const operatorToken = attempt('dataDir', () =>
    readOrCreate(tokenFile, () => random.base32(TOKEN_CHARACTERS), isDryRun),
  );
  if (config.mode === 'production') {
    const { webhookSecret } = payments ?? {};
    problems.push(...weakPasswords(passwords), ...weakSecrets({ operatorToken, tokenFile, webhookSecret }));
  }
  if (signingKey === undefined || operatorToken === undefined || problems.length > 0) return { problems };
  return {
    secrets: Object.freeze({
      signingKey,
      keyFiles,
      operatorToken,
      chargePointPasswords: passwords,
      ...(payments && { payments }),
      ...(settings.store.uri === undefined ? {} : { storeUri: settings.store.uri }),
    }),
  };
}

/** Removes user and password from a URI. @shape `mongodb://user:secret@host/db` → `mongodb://host/db`. */
export function withoutCredentials(uri: string): string {
  return uri.replace(/^([a-z+]+:\/\/)[^/?#]*@/i, '$1');
}

interface KeyFile {
  /** The setting that names the file. */
  readonly key: string;
  readonly file: string;
  /** Generates the content of a missing file; absent if the file must exist. */
  readonly generate?: (() => string) | undefined;
}

/** Lists all key files except that of the main network's first signing key. */
function otherKeyFiles(config: Config): KeyFile[] {
  return networksOf(config).flatMap(({ name, subscriber }, at) => {
    const where = at === 0 ? 'subscriber' : `networks.${name}.subscriber`;
    const first = { key: `${where}.keyFile`, file: subscriber.keyFile, generate: signingKeyGenerator(subscriber) };
    const keys = subscriber.keys.map(({ keyFile }, index) => ({
      key: `${where}.keys.${index}.keyFile`,
      file: keyFile,
      generate: signingKeyGenerator(subscriber),
    }));
    const encryption = subscriber.encryptionKeyFiles.map((file, index) => ({
      key: `${where}.encryptionKeyFiles.${index}`,
      file,
      generate: subscriber.generate ? () => generateKeyText('encryption') : undefined,
    }));
    return [...(at === 0 ? [] : [first]), ...keys, ...encryption];
  });
}

function signingKeyGenerator({ generate }: SubscriberSettings): (() => string) | undefined {
  return generate ? () => generateKeyText('signing') : undefined;
}

function readKeyFile(
  config: Config,
  file: string,
  { make, isDryRun }: { readonly make: (() => string) | undefined; readonly isDryRun: boolean },
): string {
  if (!existsSync(file) && !make) {
    throw new Error(`${file} does not exist; put the private key there, or set subscriber.generate to true`);
  }
  if (isDryRun && make && !existsSync(file)) return make();
  const text = readOrCreate(file, make ?? (() => ''), isDryRun);
  const mode = statSync(file).mode & 0o777;
  if (config.mode === 'production' && (mode & 0o077) !== 0) {
    throw new Error(`${file} has mode 0${mode.toString(8)}; others can read the key, chmod it to 0600`);
  }
  return text;
}

function readOrCreate(file: string, make: () => string, isDryRun: boolean): string {
  if (isDryRun && !existsSync(file)) return make();
  if (!existsSync(file)) createWhole(file, `${make().trim()}\n`);
  const text = readKeyText(file);
  if (text === '') throw new Error(`${file} is empty`);
  return text;
}

/** Creates a secret file in one step. If another process has just created it, that file stays. */
function createWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const own = `${file}.${process.pid}.new`;
  writeFileSync(own, text, { mode: 0o600 });
  try {
    linkSync(own, file);
  } catch {
    // The file is there already, or its file system has no links.
    if (!existsSync(file)) renameSync(own, file);
  } finally {
    rmSync(own, { force: true });
  }
}

function readPaymentSecrets({ payments }: Config, env: NodeJS.ProcessEnv, problems: string[]): Secrets['payments'] {
  if (payments.url === undefined) return undefined;
  const read = (setting: 'keyEnv' | 'webhookSecretEnv'): string => {
    const value = env[payments[setting]] ?? '';
    if (value === '') problems.push(`payments.${setting}: the environment has no variable ${payments[setting]}`);
    return value;
  };
  return { key: read('keyEnv'), webhookSecret: read('webhookSecretEnv') };
}

function readChargePointPasswords(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  problems: string[],
): ReadonlyMap<string, string> {
  const passwords = new Map<string, string>();
  for (const [id, { password, passwordEnv }] of Object.entries(settings.ocpp.chargePoints)) {
    const value = password ?? (passwordEnv === undefined ? undefined : env[passwordEnv]);
    if (value) passwords.set(id, value);
    else if (passwordEnv !== undefined) {
      problems.push(`ocpp.chargePoints.${id}.passwordEnv: the environment has no variable ${passwordEnv}`);
    }
  }
  return passwords;
}

function weakPasswords(passwords: ReadonlyMap<string, string>): string[] {
  return [...passwords].flatMap(([id, password]) => {
    const weakness = findPasswordWeakness(password, id);
    return weakness === undefined
      ? []
      : [`ocpp.chargePoints.${id}.passwordEnv: the password is too weak for mode "production": ${weakness}`];
  });
}

/** Returns a sentence for each weak secret. A missing or empty one is reported where it is read. */
function weakSecrets(given: {
  readonly operatorToken: string | undefined;
  readonly tokenFile: string;
  readonly webhookSecret: string | undefined;
}): string[] {
  const { operatorToken, tokenFile, webhookSecret } = given;
  const token = operatorToken ? findPasswordWeakness(operatorToken) : undefined;
  const secret = webhookSecret ? findPasswordWeakness(webhookSecret) : undefined;
  return [
    ...(token === undefined
      ? []
      : [
          `dataDir: the token in ${tokenFile} is too weak for mode "production": ${token}; without the file, one is written`,
        ]),
    ...(secret === undefined
      ? []
      : [
          `payments.webhookSecretEnv: the secret is too weak for mode "production": ${secret}; with it, payments can be forged`,
        ]),
  ];
}
