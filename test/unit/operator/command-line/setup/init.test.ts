import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Call, Context } from '../../../../../src/operator/command-line/frame/command.js';
import { INIT } from '../../../../../src/operator/command-line/setup/init.js';

const PORTS = { becknPort: '8080', ocppPort: '9000', operatorPort: '8090' };

/** Runs init with a person who answers questions by a word in them, and presses Enter at all others. */
async function init(answers: { readonly [word: string]: string }, options: Call['options'] = {}) {
  const folder = mkdtempSync(join(tmpdir(), "bridge's init-"));
  const asked: string[] = [];
  const ask = (question: string, fallback: string): Promise<string> => {
    asked.push(question);
    const [, answer = fallback] = Object.entries(answers).find(([word]) => question.includes(word)) ?? [];
    return Promise.resolve(answer);
  };
  const context = { arguments: { folder }, options: { ...PORTS, ...options }, env: {}, ask } as unknown as Context;
  let next: unknown;
  const failure = await INIT.run(context).then(
    ({ json }) => void ({ next } = json as { readonly next: unknown }),
    ({ message }: Error) => message,
  );
  const file = join(folder, 'bridge.json');
  const settings = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { [name: string]: unknown }) : {};
  return { asked, failure, settings, next };
}

describe('init', () => {
  it('asks for the payment provider if we collect', async () => {
    const answers = { model: 'bpp-hold', provider: 'http://127.0.0.1:9100' };
    const { failure, settings } = await init(answers);
    expect(failure).toBeUndefined();
    expect(settings['payments']).toEqual({ url: 'http://127.0.0.1:9100' });
  });

  it('does not ask for it if an option says it, or if the buyer app collects', async () => {
    const given = await init({ model: 'bpp-hold' }, { paymentUrl: 'http://127.0.0.1:9100' });
    expect(given.settings['payments']).toEqual({ url: 'http://127.0.0.1:9100' });
    for (const { asked } of [given, await init({})])
      expect(asked.filter((question) => question.includes('provider'))).toEqual([]);
  });

  it('names the next calls so that a shell understands them', async () => {
    const { next } = await init({});
    expect(next).toContainEqual(expect.stringMatching(/^beckn-ocpp-bridge doctor --config '.*bridge'\\''s init-.*'$/));
  });

  it('refuses an id that cannot stand in a signature', async () => {
    for (const id of ['a b', 'a|b', 'a"b']) {
      const { failure, settings } = await init({ 'subscriber id': id });
      expect([failure?.includes('subscriber.id'), settings]).toEqual([true, {}]);
    }
  });

  it.each([
    [{ Mode: 'live' }, 'Mode', '--mode'],
    [{ Network: 'ondc' }, 'Network', '--network'],
    [{ address: 'nowhere' }, 'address', '--uri'],
    [{ address: 'https://b.example/' }, 'address', 'has no path'],
    [{ Mode: 'production', Network: 'uei', address: 'https://b.example/beckn' }, 'registry', '--registry is missing'],
    [{ model: 'cash' }, 'model', '--payment'],
    [{ model: 'bpp-hold' }, 'provider', '--payment-url'],
  ])('asks nothing after a wrong answer: %j', async (answers, last, message) => {
    const { asked, failure } = await init(answers);
    expect(asked.at(-1)).toContain(last);
    expect(failure).toContain(message);
  });
});
