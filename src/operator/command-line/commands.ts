/** Lists all commands, in the order in which the help shows them. */
import type { Command } from './frame/command.js';
import type { CommandGroup } from './frame/parse.js';
import { CHARGE_POINT_COMMANDS } from './chargers/charge-points.js';
import { PASSWORDS } from './chargers/passwords.js';
import { REJECTED_CONNECTION_COMMANDS } from './chargers/rejected-connections.js';
import { SPELLING_COMMANDS } from './chargers/spellings.js';
import { DOCTOR } from './doctor/doctor.js';
import { CHARGE_POINT_CHANGES } from './network/charge-point-changes.js';
import { EXPORT } from './network/export.js';
import { NETWORK_COMMANDS } from './network/history.js';
import { IMPORT } from './network/import.js';
import { CHECK } from './process/check.js';
import { COMPLETION } from './process/completion.js';
import { foregroundCommands, type ForegroundPrograms } from './process/foreground.js';
import { RELOAD } from './process/reload.js';
import { VERSION } from './process/version.js';
import { INIT } from './setup/init.js';
import { KEY_COMMANDS } from './setup/keys.js';
import { SUBSCRIBE } from './setup/subscribe.js';
import { ORDER_COMMANDS } from './selling/orders.js';
import { SALE_COMMANDS } from './selling/sale.js';
import { SESSIONS } from './selling/sessions.js';
import { SETTLEMENT } from './selling/settlement.js';

/** @param programs The programs that the foreground commands start. */
export function commandGroups(programs: ForegroundPrograms): readonly CommandGroup[] {
  return [
    { title: 'Run it', commands: [...foregroundCommands(programs), RELOAD] },
    { title: 'Set it up', commands: [INIT, CHECK, DOCTOR, ...KEY_COMMANDS, SUBSCRIBE] },
    { title: 'Say what is sold', commands: [IMPORT, EXPORT, ...NETWORK_COMMANDS] },
    {
      title: 'Connect chargers',
      commands: [
        ...CHARGE_POINT_COMMANDS,
        ...CHARGE_POINT_CHANGES,
        ...REJECTED_CONNECTION_COMMANDS,
        ...SPELLING_COMMANDS,
        PASSWORDS,
      ],
    },
    { title: 'Sell', commands: [...ORDER_COMMANDS, SESSIONS, ...SALE_COMMANDS, SETTLEMENT] },
    { title: 'The program itself', commands: [VERSION, COMPLETION] },
  ];
}

export function allCommands(programs: ForegroundPrograms): readonly Command[] {
  return commandGroups(programs).flatMap(({ commands }) => commands);
}
