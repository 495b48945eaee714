/** Creates the handler of charger events from its parts. */
import type { CertificateAuthority } from '../ports/certificates.js';
import type { ChargerCommandSender } from '../ports/charger-commands.js';
import type { ApprovedChargePoints } from './charge-points/approved.js';
import type { BootPolicies } from './charge-points/boot-policy.js';
import type { NotificationLog } from './charge-points/notification-log.js';
import type { Quarantines } from './charge-points/quarantine.js';
import { ChargerEventHandler } from './charger-events/charger-event-handler.js';
import { ConnectorStatuses } from './transactions/connector-status.js';
import type { Core } from './core.js';
import type { MeterGaps } from './transactions/meter-gaps.js';
import { StartStopTransaction } from './transactions/start-stop-transaction.js';
import { TransactionEventHandler } from './transactions/transaction-event.js';
import { TransactionStart } from './transactions/transaction-start.js';

export interface ChargerEventHandlersDeps extends Core {
  readonly commandSender: ChargerCommandSender;
  readonly authority?: CertificateAuthority | undefined;
  readonly approvedChargePoints: ApprovedChargePoints;
  readonly bootPolicies: BootPolicies;
  readonly quarantines: Quarantines;
  readonly notificationLog: NotificationLog;
  readonly meterGaps: MeterGaps;
  readonly heartbeatS: number;
  readonly bootRetryS: number;
  /** Called with each charge point that has become ready for commands. */
  readonly onReady: (chargePointId: string) => void;
}

export function createChargerEventHandler(deps: ChargerEventHandlersDeps): ChargerEventHandler {
  const { bookedSlots } = deps;
  const isReserved = (chargePointId: string, connectorId?: number): boolean =>
    bookedSlots.isReserved(chargePointId, connectorId);
  const transactionStart = new TransactionStart(deps);
  const connectorStatuses = new ConnectorStatuses(deps);
  const startStopTransaction = new StartStopTransaction({ ...deps, transactionStart, isReserved });
  const transactionEvents = new TransactionEventHandler({ ...deps, transactionStart, connectorStatuses });
  return new ChargerEventHandler({
    ...deps,
    authority: deps.authority,
    startStopTransaction,
    transactionEvents,
    connectorStatuses,
    isReserved,
  });
}
