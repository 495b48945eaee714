/** Lists the Beckn networks, and sends subscriptions to their registries. */
import type { RequestHandler } from 'express';
import type { OperatorDeps } from '../http/deps.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import { pathParameter } from '../http/paging.js';
import { notFound } from '../http/problem.js';
import { bodyText } from '../http/request-body.js';
import { sendJson } from '../http/streaming.js';

export function listNetworks({ networks }: OperatorDeps): RequestHandler {
  return (_req, res) => sendJson(res, { networks: networks.list() });
}

export function subscribeNetwork({ networks, events }: OperatorDeps) {
  return async ({ req, body }: ActRequest): Promise<ActResult> => {
    const name = pathParameter(req, 'name');
    const keyId = bodyText(body, 'keyId');
    const { send } = body;
    const wish = { ...(keyId !== undefined && { keyId }), ...(typeof send === 'boolean' && { send }) };
    const result = await networks.subscribe(name, wish);
    if (!('refused' in result)) {
      events.emit('operator.command', { action: 'subscribe', network: name });
      return { body: result };
    }
    const { refused: code, message } = result;
    switch (code) {
      case 'unknown-network':
        return { problem: notFound('network', name, '/api/networks') };
      case 'unknown-key':
        return { problem: { code, message, hint: 'subscriber.keys is a setting.' } };
      case 'registry-refused':
      case 'registry-unavailable':
        return {
          problem: {
            code,
            message,
            hint: 'Where the registry wants a form instead, {"send": false} waits for its challenge alone.',
          },
        };
    }
  };
}
