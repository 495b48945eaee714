/** Loads defaults, settings file and environment into one checked, frozen `Config` and its `Secrets`. */
import { dirname, join, resolve } from 'node:path';
import type { Random } from '../../ports/runtime.js';
import { systemRandom } from '../../observe/system-random.js';
import { settingsCheck } from '../../schema/validators.js';
import type { Config, Secrets } from '../config.js';
import { checkPemFiles } from './pem-files.js';
import { findContradictions } from '../rules/contradictions.js';
import { readEnvironment } from './environment.js';
import { isLayer, mergeLayers, readLayer, resolvePaths, readShippedFile, type Layer } from '../layers.js';
import { readSecrets, withoutCredentials, type Generation } from './secrets.js';
import type { Settings } from '../settings-file.js';
import { describeErrors } from './schema-messages.js';

export type Loaded = { readonly config: Config; readonly secrets: Secrets } | { readonly problems: readonly string[] };

/**
 * Loads and checks the settings and secrets. Creates missing key and token files as `readSecrets` does.
 * @param source The path of a settings file, the settings themselves, or nothing for defaults and environment alone.
 * @param env    `process.env`; variables that begin with `BRIDGE__` override the file.
 * @shape Relative paths in a file are resolved against that file's folder, all others against the working directory.
 * @errors Returns each problem as one line that names the setting, the variable or the file.
 */
export function loadConfig(
  source: string | Layer | undefined,
  env: NodeJS.ProcessEnv,
  random: Pick<Random, 'base32'> = systemRandom,
): Loaded {
  return load(source, env, { random, isDryRun: false });
}

/** Checks like `loadConfig`, but creates no file. Generates a missing key or token only in memory. */
export function checkConfig(source: string | Layer | undefined, env: NodeJS.ProcessEnv): Loaded {
  return load(source, env, { random: systemRandom, isDryRun: true });
}

function load(source: string | Layer | undefined, env: NodeJS.ProcessEnv, generation: Generation): Loaded {
  const schema = parseLayer(readShippedFile('config.schema.json'));
  const file = readSource(source);
  const environment = readEnvironment(env, schema);
  if ('problem' in file) return { problems: [file.problem, ...environment.problems] };

  const cwd = process.cwd();
  const defaults = parseLayer(readShippedFile('default.json'));
  const layers = [resolvePaths(defaults, cwd), file.layer, resolvePaths(environment.layer, cwd)];
  const merged = layers.reduce(mergeLayers, {});
  const checked = settingsCheck<Settings>('config')(withNetworkDefaults(merged, defaults));
  if ('errors' in checked) return { problems: [...environment.problems, ...describeErrors(checked.errors)] };
  const whole = checked.value;
  const problems = [...environment.problems, ...findContradictions(whole), ...unsafeEnvironment(whole, env)];
  if (problems.length > 0) return { problems };

  const config = deepFreeze(toConfig(whole));
  const unusable = checkPemFiles(config);
  if (unusable.length > 0) return { problems: unusable };
  const result = readSecrets(config, whole, env, generation);
  return 'problems' in result ? result : { config, secrets: result.secrets };
}

/** Reports environment variables of Node.js that turn off checks on which production depends. */
function unsafeEnvironment({ mode }: Settings, env: NodeJS.ProcessEnv): string[] {
  return mode === 'production' && env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
    ? [
        'NODE_TLS_REJECT_UNAUTHORIZED: 0 turns off the verification of all certificates, of the registry and the payment provider too; remove it in mode "production"',
      ]
    : [];
}

function readSource(source: string | Layer | undefined): { layer: Layer } | { problem: string } {
  if (source === undefined) return { layer: {} };
  if (typeof source !== 'string') return { layer: resolvePaths(source, process.cwd()) };
  const path = resolve(source);
  const read = readLayer(path);
  return 'problem' in read ? read : { layer: resolvePaths(read.layer, dirname(path)) };
}

/** Applies the defaults of `subscriber` and `registry` to each further network, because lists are not merged. */
function withNetworkDefaults(settings: Layer, defaults: Layer): Layer {
  const networks = settings['networks'];
  if (!Array.isArray(networks)) return settings;
  const under = { subscriber: defaults['subscriber'], registry: defaults['registry'] };
  return { ...settings, networks: networks.map((one: unknown) => (isLayer(one) ? mergeLayers(under, one) : one)) };
}

/** Fills in derived settings and removes the secrets. */
function toConfig(settings: Settings): Config {
  const { dataDir, subscriber, store, ocpp, listen } = settings;
  const points = Object.entries(ocpp.chargePoints).map(
    ([id, { password: _a, passwordEnv: _b, profile, ...speech }]) => [
      id,
      { ...speech, profile: profile ?? ocpp.defaultProfile },
    ],
  );
  const { $schema: _, ...rest } = settings as Settings & { $schema?: string };
  return {
    ...rest,
    subscriber: { ...subscriber, keyFile: subscriber.keyFile ?? join(dataDir, 'signing.key') },
    networks: settings.networks.map(({ name, basePath = listen.beckn.basePath, subscriber: own, registry }) => {
      const keyFile = own.keyFile ?? join(dataDir, `signing-${name}.key`);
      return { name, basePath, subscriber: { ...own, keyFile }, registry };
    }),
    store: {
      ...store,
      path: store.path ?? join(dataDir, 'bridge.sqlite'),
      ...(store.uri === undefined ? {} : { uri: withoutCredentials(store.uri) }),
    },
    ocpp: { ...ocpp, chargePoints: Object.fromEntries(points) },
  };
}

function parseLayer(text: string): Layer {
  const value: unknown = JSON.parse(text);
  if (!isLayer(value)) throw new Error('a shipped settings file is no JSON object');
  return value;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
