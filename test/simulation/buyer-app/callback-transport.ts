/** The transport from the bridge to the buyer apps and to the payment provider. */
import { HttpFault, type HttpClient } from '../../../src/ports/http.js';
import type { BuyerApp, BuyerEnvironment } from './buyer-app.js';
import type { SimulatedPaymentProvider } from './payment-provider.js';

let callbackCount = 0;

/** Creates the transport. It delays callbacks and sometimes loses them. */
export function callbackTransport(
  environment: Omit<BuyerEnvironment, 'node'>,
  apps: () => readonly BuyerApp[],
  provider: SimulatedPaymentProvider,
) {
  const { time, random, faults, history } = environment;
  return (alive: () => boolean): HttpClient => ({
    send: (request) =>
      new Promise((resolve, reject) => {
        const { url, body = '', timeoutMs } = request;
        if (!alive()) return;
        if (provider.serves(url)) {
          time.after(40, () => {
            const response = provider.handle(request);
            time.after(40, () => alive() && resolve(response));
          });
          return;
        }
        const n = (callbackCount += 1);
        history.add({ kind: 'callback', n, url, body });
        const app = apps().find((one) => url.startsWith(`${one.uri}/`));
        const slow = faults.strikes('callback-slow', random, 0.2) ? 15_000 : 300;
        const latencyMs = random.between(5, slow);
        const fail = (reason: 'network' | 'timeout', ms: number): void =>
          void time.after(ms, () => alive() && reject(new HttpFault(reason, 'not reached')));
        if (!app || app.down) {
          if (app) faults.count('callback-down');
          fail('network', 20);
          return;
        }
        time.after(latencyMs, () => {
          // A callback of a dead process still arrives if it was fast; a slow one is lost with the connection.
          if (!alive() && latencyMs > 300) return;
          const response = app.accept(body);
          const ack = response.status < 300 && !response.body.includes('NACK');
          history.add({ kind: 'delivery', n, to: app.id, status: response.status, ack });
          if (2 * latencyMs > timeoutMs) fail('timeout', 0);
          else time.after(latencyMs, () => alive() && resolve(response));
        });
      }),
  });
}

/** Restarts the numbering of callbacks. Every simulation calls it first. */
export function resetCallbackCount(): void {
  callbackCount = 0;
}
