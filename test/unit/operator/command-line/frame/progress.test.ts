import { expect, it } from 'vitest';
import { Progress } from '../../../../../src/operator/command-line/frame/progress.js';
import { createManualClock } from '../../../../fakes/manual-clock.js';

it('the progress of a command is silent while a person is asked, and counts anew afterwards', async () => {
  const clock = createManualClock();
  let text = '';
  const progress = new Progress(clock, { isTTY: true, write: (more: string) => (text += more) }, 'init');
  await clock.advance(1_000);
  expect(text).toBe('\r\u001b[Kinit … 1 s');
  let answer = (_line: string): void => undefined;
  const asked = progress.pauseDuring(() => new Promise<string>((resolve) => (answer = resolve)));
  text = '';
  await clock.advance(60_000);
  expect(text).toBe('');
  answer('yes');
  expect(await asked).toBe('yes');
  await clock.advance(1_000);
  expect(text).toBe('\r\u001b[Kinit … 1 s');
  progress.end();
  text = '';
  await clock.advance(5_000);
  expect(text).toBe('');
});
