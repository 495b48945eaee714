/** Creates the handler of charger events from its parts, and gives kept messages the same handlers. */
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
import type { KeptFrames } from './kept-frames/kept-frames.js';
import { UnsavedAnswers } from './kept-frames/unsaved-answers.js';
import type { UnsavedSessions } from './kept-frames/unsaved-sessions.js';
import { MeterValues } from './transactions/meter-values.js';
import { UnsavedNumbers } from './transactions/unsaved-numbers.js';
import { StartStopTransaction } from './transactions/start-stop-transaction.js';
import { TransactionEventHandler } from './transactions/transaction-event.js';
import type { TransactionStart } from './transactions/transaction-start.js';

export interface ChargerEventHandlersDeps extends Core {
  readonly commandSender: ChargerCommandSender;
  readonly authority?: CertificateAuthority | undefined;
  readonly approvedChargePoints: ApprovedChargePoints;
  readonly bootPolicies: BootPolicies;
  readonly quarantines: Quarantines;
  readonly notificationLog: NotificationLog;
  readonly meterGaps: MeterGaps;
  readonly keptFrames: KeptFrames;
  readonly unsavedSessions: UnsavedSessions;
  readonly transactionStart: TransactionStart;
  readonly heartbeatS: number;
  readonly bootRetryS: number;
  /** Called with the id of each charge point that becomes ready for commands. */
  readonly onReady: (chargePointId: string) => void;
}

export function createChargerEventHandler(deps: ChargerEventHandlersDeps): ChargerEventHandler {
  const { bookedSlots, transactionStart } = deps;
  const isReserved = (chargePointId: string, connectorId?: number): boolean =>
    bookedSlots.isReserved(chargePointId, connectorId);
  const connectorStatuses = new ConnectorStatuses(deps);
  const { keptFrames } = deps;
  const unsavedNumbers = new UnsavedNumbers(deps.store);
  const startStopTransaction = new StartStopTransaction({ ...deps, unsavedNumbers, isReserved });
  const meterValues = new MeterValues({ ...deps, unsavedSamples: keptFrames });
  const transactionEvents = new TransactionEventHandler({ ...deps, connectorStatuses, isReserved });
  keptFrames.connect({
    handlers: {
      'transaction-started': startStopTransaction.startTransaction.bind(startStopTransaction),
      'transaction-stopped': startStopTransaction.stopTransaction.bind(startStopTransaction),
      'meter-sampled': meterValues.meterSampled.bind(meterValues),
      'transaction-event': transactionEvents.handleTransactionEvent.bind(transactionEvents),
    },
    answers: new UnsavedAnswers({ ...deps, unsavedNumbers, meterValues, isReserved }),
  });
  return new ChargerEventHandler({
    ...deps,
    onReady: (chargePointId) => {
      deps.onReady(chargePointId);
      transactionStart.resumeStops(chargePointId);
    },
    authority: deps.authority,
    startStopTransaction,
    meterValues,
    transactionEvents,
    connectorStatuses,
    isReserved,
  });
}
