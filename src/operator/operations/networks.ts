/** Lists the Beckn networks, and subscribes to one. */
import type { RequestHandler } from 'express';
import type { SubscribeRequest } from '../../ports/networks.js';
import type { OperatorDeps } from '../http/deps.js';
import { sendProblem, sendBadParameter, sendNotFound } from '../http/problem.js';

export function listNetworks({ networks }: OperatorDeps): RequestHandler {
  return (_req, res) => void res.json({ networks: networks.list() });
}

export function subscribeNetwork({ networks, events }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const wish = readSubscribeRequest(req.body);
    if (typeof wish === 'string') return sendBadParameter(res, 'the body', wish);
    const name = String(req.params['name']);
    const result = await networks.subscribe(name, wish);
    if (!('refused' in result)) {
      events.emit('operator.command', { action: 'subscribe', network: name });
      res.json(result);
      return;
    }
    const { refused: error, message } = result;
    switch (error) {
      case 'unknown-network':
        return sendNotFound(res, 'network', name, '/api/networks');
      case 'unknown-key':
        return sendProblem(res, 409, { error, message, hint: 'subscriber.keys is a setting.' });
      case 'registry-refused':
      case 'registry-unavailable':
        return sendProblem(res, 502, {
          error,
          message,
          hint: 'Where the registry wants a form instead, {"send": false} waits for its challenge alone.',
        });
    }
  };
}

function readSubscribeRequest(body: unknown): SubscribeRequest | string {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'must be a JSON object';
  const { keyId, send, ...rest } = body as { readonly [key: string]: unknown };
  const [strange] = Object.keys(rest);
  if (strange !== undefined) return `has ${strange}, which is not known; keyId and send are`;
  if (keyId !== undefined && typeof keyId !== 'string') return 'has a keyId that is no text';
  if (send !== undefined && typeof send !== 'boolean') return 'has a send that is neither true nor false';
  return { ...(keyId !== undefined && { keyId }), ...(send !== undefined && { send }) };
}
