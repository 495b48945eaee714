import { describe, expect, it } from 'vitest';
import { allCommands } from '../../../../src/operator/command-line/commands.js';
import {
  commandReference,
  exitCodeTable,
  standardOptionTable,
} from '../../../../src/operator/command-line/reference.js';

const nothing = (): Promise<void> => Promise.resolve();

describe('the reference of the command line', () => {
  it('has each command with its examples', () => {
    const text = commandReference();
    for (const { name, examples } of allCommands({ serve: nothing, sandboxProgram: nothing })) {
      expect(text).toContain(`#### \`${name}`);
      for (const { line } of examples) expect(text).toContain(`beckn-ocpp-bridge ${line}\n`);
    }
  });

  it('breaks no table by a vertical bar or an angle bracket', () => {
    const rows = commandReference()
      .split('\n')
      .filter((line) => line.startsWith('| '));
    expect(rows.filter((row) => row.replaceAll('\\|', '').split('|').length !== 4)).toEqual([]);
    expect(rows.filter((row) => /<\w/.test(row.replaceAll(/`[^`]*`/g, '')))).toEqual([]);
  });

  it('lists the exit codes and the options that many commands have', () => {
    expect(exitCodeTable()).toMatch(/^\| 130 \| Ctrl-C/m);
    expect(standardOptionTable()).toMatch(/^\| `--json` \| /m);
  });
});
