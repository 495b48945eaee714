/** Defines the endpoints for the outbox, networks, settings, tokens and the audit record. */
import type { Json } from '../../domain/model/object.js';
import { listAudit, OUTCOMES } from '../access/audit.js';
import { createToken, listTokens, revokeToken } from '../access/tokens.js';
import type { OperatorDeps } from '../http/deps.js';
import type { Endpoint } from '../http/endpoint.js';
import { any, choice, flag, list, object, open, text, time, whole } from '../http/json-schema.js';
import { PAGE_PARAMETERS, pathParameter, TIME_PARAMETERS } from '../http/paging.js';
import { choiceParameter, textParameter } from '../http/parameters.js';
import { SCOPES } from '../http/tokens.js';
import { listNetworks, subscribeNetwork } from '../operations/networks.js';
import { ORDER_PARAMETERS } from '../operations/order-filter.js';
import { listOwedCallbacks } from '../operations/owed-callbacks.js';
import { pageOf } from './order-schemas.js';

const OUTBOX = object({
  count: whole('How many.'),
  oldestS: whole('The age of the oldest, seconds.'),
  callbacks: list(
    object(
      {
        source: choice(['order', 'request'], 'Whether it belongs to an order or answers a request.'),
        id: text('The order, or the key of the request.'),
        network: text('The Beckn network.'),
        bapId: text('The buyer app.'),
        becknTransactionId: text('The `transaction_id` of the Beckn messages.'),
        action: text('Such as `on_status`.'),
        class: text('answer, state, progress or terminal.'),
        messageId: text('The `message_id` of the callback.'),
        attempts: whole('Attempts so far.'),
        ...time('owedSince', 'Since when.'),
        ...time('dueAt', 'The next attempt.'),
        ...time('giveUpAt', 'The deadline.'),
      },
      { orderId: text('The Beckn order.'), lastError: text('Why the last attempt failed.') },
    ),
  ),
});

const KEY = object(
  {
    keyId: text('The key’s id.'),
    publicKey: text('base64 of 32 raw bytes.'),
    isSigning: flag('Whether it signs now.'),
  },
  { ...time('validFrom', 'From when.'), ...time('validUntil', 'Until when.') },
);

const NETWORKS = object({
  networks: list(
    object(
      {
        name: text('`main`, or a name in the settings.'),
        subscriberId: text('Our subscriber id.'),
        uri: text('Our address.'),
        basePath: text('Its path.'),
        domains: list(text('A Beckn domain.')),
        keys: list(KEY),
        registry: object(
          { kind: text('The kind of registry.'), cachedKeys: whole('Cached keys of peers.') },
          {
            url: text('Its address.'),
            ...time('lastResponseAt', 'When it last answered.'),
            lastFault: text('Why it last failed.'),
          },
        ),
      },
      time('pendingUntil', 'Until when a challenge is answered.'),
    ),
  ),
});

const SUBSCRIPTION = object(
  {
    calls: list(
      object({ path: text('Of the registry.'), status: whole('HTTP.') }, { response: text('What it answered.') }),
    ),
    records: list(open('A record that was sent, or must be published by hand.')),
    ...time('pendingUntil', 'Until when the challenge is answered.'),
  },
  { hint: text('Why a challenge cannot be solved with the present settings.') },
);

const TOKEN_REQUIRED = { name: text('The name.'), scopes: list(choice(SCOPES, 'A scope.')) };
const TOKEN_OPTIONAL = {
  ...time('createdAt', 'When it was created.'),
  createdBy: text('With which token.'),
  ...time('revokedAt', 'When it was revoked.'),
  revokedBy: text('With which token.'),
  ...time('lastUsedAt', 'When it was last used, since the process started.'),
};

const AUDIT_PAGE = pageOf(
  'entries',
  object(
    {
      id: text('Unique.'),
      ...time('at', 'When.'),
      who: text('The name of the token.'),
      address: text('The network address of the client.'),
      act: text('What, such as `order.close`.'),
      targetKind: text('To what kind of thing.'),
      targetId: text('Its id.'),
      outcome: choice(OUTCOMES, '`begun` has no known outcome; `failed` may have changed something.'),
    },
    {
      code: text('The code of a refusal.'),
      request: any('What was asked for, without secrets.'),
      before: any('The target before the act.'),
      after: any('The target after the act, or its result.'),
    },
  ),
);

export const SYSTEM_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/outbox',
    description: 'Undelivered callbacks to buyer apps, oldest first, with their attempts, all in one answer.',
    scope: 'read',
    query: { ...ORDER_PARAMETERS, action: textParameter('The callback, such as `on_status`.') },
    answer: OUTBOX,
    handle: listOwedCallbacks,
  },
  {
    method: 'GET',
    path: '/api/networks',
    description:
      'The Beckn networks: our subscriber, our keys and which one signs, the state of the registry, and whether a challenge is expected.',
    scope: 'read',
    answer: NETWORKS,
    handle: listNetworks,
  },
  {
    method: 'POST',
    path: '/api/networks/:name/subscribe',
    description: 'Sends a signed subscription to a registry that accepts one, and answers its challenge for a day.',
    scope: 'admin',
    body: object(
      {},
      { keyId: text('The key to register; the newest by default.'), send: flag('false only waits for the challenge.') },
    ),
    answer: SUBSCRIPTION,
    problems: ['not-found', 'unknown-key', 'registry-refused', 'registry-unavailable'],
    audit: {
      act: 'network.subscribe',
      targetKind: 'network',
      targetId: ({ req }) => pathParameter(req, 'name'),
      result: (body) => body as { readonly [name: string]: Json },
    },
    act: subscribeNetwork,
  },
  {
    method: 'GET',
    path: '/api/config',
    description: 'The effective settings, without secrets.',
    scope: 'read',
    answer: open('The settings; see docs/configuration.md.'),
    handle: (deps) => (_req, res) => void res.json(deps.config),
  },
  {
    method: 'GET',
    path: '/api/tokens',
    description: 'The tokens of this API, without their secrets; revoked ones too.',
    scope: 'admin',
    answer: object({ tokens: list(object(TOKEN_REQUIRED, TOKEN_OPTIONAL)) }),
    handle: listTokens,
  },
  {
    method: 'POST',
    path: '/api/tokens',
    description: 'Creates a token with a name and scopes. Its secret is shown once.',
    scope: 'admin',
    body: object({
      name: {
        type: 'string',
        minLength: 1,
        maxLength: 64,
        pattern: '^[A-Za-z0-9][A-Za-z0-9._@ -]*$',
        description: 'Whose token it is: a person or a program.',
      },
      scopes: { type: 'array', minItems: 1, items: { type: 'string', enum: SCOPES }, description: 'What it may do.' },
    }),
    answer: object({ ...TOKEN_REQUIRED, secret: text('The token. It is shown only now.') }, TOKEN_OPTIONAL),
    problems: ['name-taken'],
    audit: {
      act: 'token.create',
      targetKind: 'token',
      targetId: ({ body }) => String(body['name']),
      state: tokenState,
    },
    act: createToken,
  },
  {
    method: 'DELETE',
    path: '/api/tokens/:id',
    description: 'Revokes a token at once and for good. The first token, in its file, is not revoked here.',
    scope: 'admin',
    answer: object(TOKEN_REQUIRED, TOKEN_OPTIONAL),
    problems: ['not-found', 'already-ended', 'forbidden'],
    audit: { act: 'token.revoke', targetKind: 'token', state: tokenState },
    act: revokeToken,
  },
  {
    method: 'GET',
    path: '/api/audit',
    description: 'What persons did over this API, newest first: who, what, before and after, from where, when.',
    scope: 'admin',
    query: {
      ...PAGE_PARAMETERS,
      who: textParameter('The name of the token.'),
      address: textParameter('The network address of the client.'),
      act: textParameter('What was done, such as `order.close`.'),
      targetKind: textParameter('Such as `order` or `charge-point`.'),
      targetId: textParameter('The id of the target.'),
      outcome: choiceParameter(OUTCOMES, 'How it went.'),
      ...TIME_PARAMETERS,
    },
    answer: AUDIT_PAGE,
    handle: listAudit,
  },
];

function tokenState({ tokens }: OperatorDeps, name: string): Json {
  const token = tokens.get(name);
  return token ? { scopes: token.scopes, isRevoked: token.revokedAt !== undefined } : null;
}
