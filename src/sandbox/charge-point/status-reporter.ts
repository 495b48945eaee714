/** Sends StatusNotifications, and remembers the last status reported for each connector. */
import type { Clock } from '../../ports/runtime.js';
import type { ControllableConnector } from './call-handler.js';
import type { OcppClient } from './device/ocpp-client.js';
import type { ProtocolMessages } from './protocol-messages.js';

export interface StatusReporterDeps {
  readonly client: Pick<OcppClient, 'call'>;
  readonly clock: Clock;
  readonly messages: ProtocolMessages;
  readonly connectors: readonly Pick<ControllableConnector, 'id' | 'view'>[];
}

/** In 1.6, connector 0 stands for the charge point as a whole. */
const WHOLE_CHARGE_POINT = { connectorId: 0, status: 'Available', pluggedIn: false } as const;

export class StatusReporter {
  readonly #deps: StatusReporterDeps;
  /** The last reported statuses, keyed by connector id. */
  readonly #reported = new Map<number, string>();

  constructor(deps: StatusReporterDeps) {
    this.#deps = deps;
  }

  /**
   * Reports one connector or, if `undefined`, the charge point and every connector. Resolves once each report is
   * answered or lost.
   */
  report(connectorId: number | undefined): Promise<void> {
    return this.#send(connectorId === undefined ? [0, ...this.#connectorIds()] : [connectorId]);
  }

  /** Reports the connectors whose status differs from the one last reported. */
  reportChanged(): Promise<void> {
    return this.#send(this.#connectorIds().filter((id) => this.#reported.get(id) !== this.#notification(id)?.status));
  }

  #connectorIds(): number[] {
    return this.#deps.connectors.map(({ id }) => id);
  }

  async #send(connectorIds: readonly number[]): Promise<void> {
    await Promise.all(
      connectorIds.map(async (connectorId) => {
        const notification = this.#notification(connectorId);
        if (!notification) return;
        const { status, payload } = notification;
        this.#reported.set(connectorId, status);
        const { kind } = await this.#deps.client.call('StatusNotification', payload);
        if (kind === 'lost' && this.#reported.get(connectorId) === status) this.#reported.delete(connectorId);
      }),
    );
  }

  #notification(connectorId: number): ReturnType<ProtocolMessages['statusNotification']> {
    const { connectors, clock, messages } = this.#deps;
    const connector = connectorId === 0 ? WHOLE_CHARGE_POINT : connectors.find(({ id }) => id === connectorId)?.view();
    return connector && messages.statusNotification(connector, new Date(clock.now()).toISOString());
  }
}
