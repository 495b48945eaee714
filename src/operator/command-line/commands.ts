/** Lists all commands, in the order in which the help shows them. */
import type { Command } from './frame/command.js';
import type { CommandGroup } from './frame/parse.js';
import { CHECK } from './process/check.js';
import { COMPLETION } from './process/completion.js';
import { foregroundCommands, type ForegroundPrograms } from './process/foreground.js';
import { VERSION } from './process/version.js';

/** @param programs What `serve` and `demo` run. */
export function commandGroups(programs: ForegroundPrograms): readonly CommandGroup[] {
  return [
    { title: 'Run it', commands: [...foregroundCommands(programs)] },
    { title: 'Set it up', commands: [CHECK] },
    { title: 'The program itself', commands: [VERSION, COMPLETION] },
  ];
}

export function allCommands(programs: ForegroundPrograms): readonly Command[] {
  return commandGroups(programs).flatMap(({ commands }) => commands);
}
