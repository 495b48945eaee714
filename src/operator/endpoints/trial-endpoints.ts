/** Defines the endpoints for trials: test orders that are neither posted nor settled. */
import type { Endpoint } from '../http/endpoint.js';
import { any, flag, list, object, open, text, time } from '../http/json-schema.js';
import { closeTrial, openTrial } from '../operations/trials.js';

const TRIAL = object(
  {
    id: text('Unique.'),
    ...time('until', 'When it ends by itself.'),
    provider: object({
      subscriberId: text('Our `bpp_id`.'),
      uri: text('Our `bpp_uri` for this trial.'),
      keyId: text('The id of the key with which we sign.'),
      publicKey: text('That key: Ed25519, base64.'),
    }),
    order: open('What to order: the ids, names and limits of the connector.'),
    payment: object({
      model: text('How the order is paid: the buyer app claims to have collected it, and no money moves.'),
      untried: list(text('A payment model of the settings that a trial cannot try.')),
    }),
  },
  {
    simulated: object(
      { url: text('The OCPP address.'), password: text('Its HTTP Basic password; shown once.') },
      {},
      'Present if a simulated charge point must connect, with the identity `order.chargePointId`.',
    ),
  },
);

export const TRIAL_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/api/trials',
    description:
      'Opens a trial for an hour: the buyer app in the body may order at a connector, over a Beckn path of its own. Where no charge point is connected, or with `simulate`, a simulated one plays it. Nothing of a trial is posted or settled.',
    scope: 'operate',
    body: {
      type: 'object',
      properties: {
        connector: { type: 'string', minLength: 1, description: 'Item id, or `<charge point>/<connector number>`.' },
        subscriberId: { type: 'string', minLength: 1, description: 'The `bap_id` of the buyer app.' },
        keyId: { type: 'string', minLength: 1, description: 'Its key id.' },
        publicKey: { type: 'string', minLength: 1, description: 'Its Ed25519 public key, base64 of 32 bytes.' },
        bapUri: { type: 'string', minLength: 1, description: 'Its `bap_uri`; it may be private.' },
        simulate: flag('true plays the charge point although the real one is connected.'),
      },
      required: ['connector', 'subscriberId', 'keyId', 'publicKey', 'bapUri'],
      additionalProperties: false,
    },
    answer: TRIAL,
    problems: ['not-found'],
    audit: {
      act: 'trial.open',
      targetKind: 'trial',
      targetId: ({ body }) => String(body['connector'] ?? ''),
    },
    act: openTrial,
  },
  {
    method: 'DELETE',
    path: '/api/trials/:id',
    description: 'Ends a trial. Its buyer app is not known any more once its orders have ended.',
    scope: 'operate',
    answer: object({ id: any('The id.'), closed: flag('false while an order of it is open or a callback is owed.') }),
    problems: ['not-found'],
    audit: { act: 'trial.close', targetKind: 'trial' },
    act: closeTrial,
  },
];
