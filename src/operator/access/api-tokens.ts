/**
 * Keeps the named tokens of the operator's API. Of their secrets, only hashes are stored. The first token is not
 * stored: it comes from a file in the data folder, has every scope, and cannot be revoked here.
 */
import { createHash } from 'node:crypto';
import type { Json } from '../../domain/model/object.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { SCOPES, type ApiToken, type Scope, type Tokens } from '../http/tokens.js';

export interface ApiTokensDeps {
  readonly values: Pick<ValueStore, 'putValue' | 'values'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'base32'>;
  /** The first token, from the file in the data folder. */
  readonly firstToken: string;
}

interface StoredToken extends ApiToken {
  /** SHA-256 of the secret, in hex. The secret has 200 random bits, so a slow hash would add nothing. */
  readonly hash: string;
}

const FIRST_TOKEN_NAME = 'operator';

const PREFIX = 'api-token|';
const SECRET_CHARACTERS = 40;

export class ApiTokens implements Tokens {
  readonly #deps: ApiTokensDeps;
  readonly #byName = new Map<string, StoredToken>();
  readonly #byHash = new Map<string, StoredToken>();
  readonly #lastUsedAt = new Map<string, number>();
  /** Names of tokens that are still being saved. No other token may have one of them. */
  readonly #namesBeingSaved = new Set<string>();

  constructor(deps: ApiTokensDeps) {
    this.#deps = deps;
    this.#add({ name: FIRST_TOKEN_NAME, scopes: ['admin'], hash: hashOf(deps.firstToken) });
  }

  /** Loads the stored tokens; the store must be running. */
  async load(): Promise<void> {
    for (const { value } of await this.#deps.values.values(PREFIX)) if (isStoredToken(value)) this.#add(value);
  }

  /**
   * Returns the token with this secret and records that it was used; `undefined` if it is unknown or revoked. The
   * lookup uses the hash, so its timing reveals nothing about the secret.
   */
  find(secret: string): ApiToken | undefined {
    const token = this.#byHash.get(hashOf(secret));
    if (!token || token.revokedAt !== undefined) return undefined;
    this.#lastUsedAt.set(token.name, this.#deps.clock.now());
    return token;
  }

  /** Returns all tokens, including revoked ones, sorted by name. */
  list(): readonly ApiToken[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((token) => this.#view(token));
  }

  get(name: string): ApiToken | undefined {
    const token = this.#byName.get(name);
    return token && this.#view(token);
  }

  /**
   * Creates a token. Its secret is returned only here. A name is never reused, so the audit record stays unambiguous.
   * @errors StoreFault
   */
  async create(
    name: string,
    scopes: readonly Scope[],
    createdBy: string,
  ): Promise<{ readonly token: ApiToken; readonly secret: string } | { readonly refused: 'name-taken' }> {
    const { clock, random } = this.#deps;
    if (this.#byName.has(name) || this.#namesBeingSaved.has(name)) return { refused: 'name-taken' };
    const secret = `api_${random.base32(SECRET_CHARACTERS)}`;
    const stored = { name, scopes: [...new Set(scopes)], createdAt: clock.now(), createdBy, hash: hashOf(secret) };
    this.#namesBeingSaved.add(name);
    try {
      await this.#save(stored);
    } finally {
      this.#namesBeingSaved.delete(name);
    }
    return { token: this.#view(stored), secret };
  }

  /** Revokes a token immediately and permanently. @errors StoreFault */
  async revoke(
    name: string,
    revokedBy: string,
  ): Promise<ApiToken | { readonly refused: 'not-found' | 'already-ended' | 'forbidden' }> {
    const token = this.#byName.get(name);
    if (!token) return { refused: 'not-found' };
    if (name === FIRST_TOKEN_NAME) return { refused: 'forbidden' };
    if (token.revokedAt !== undefined) return { refused: 'already-ended' };
    const revoked = { ...token, revokedAt: this.#deps.clock.now(), revokedBy };
    await this.#save(revoked);
    return this.#view(revoked);
  }

  async #save(token: StoredToken): Promise<void> {
    await this.#deps.values.putValue(PREFIX + encodeURIComponent(token.name), { ...token });
    this.#add(token);
  }

  #add(token: StoredToken): void {
    this.#byName.set(token.name, token);
    this.#byHash.set(token.hash, token);
  }

  #view({ hash: _hash, ...token }: StoredToken): ApiToken {
    const lastUsedAt = this.#lastUsedAt.get(token.name);
    return { ...token, ...(lastUsedAt !== undefined && { lastUsedAt }) };
  }
}

/** Whether a token has `scope`, or `admin`, which includes every other scope. */
export function hasScope({ scopes }: Pick<ApiToken, 'scopes'>, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function isStoredToken(value: Json): value is Json & StoredToken {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { name, hash, scopes } = value as { readonly [key: string]: Json };
  return (
    typeof name === 'string' &&
    typeof hash === 'string' &&
    Array.isArray(scopes) &&
    scopes.every((scope: Json) => SCOPES.some((one) => one === scope))
  );
}
