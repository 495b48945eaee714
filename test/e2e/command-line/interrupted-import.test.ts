/** Ctrl-C during an import: the network changes completely or not at all. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CTRL_C, noTerminal, run, runOnTerminal } from '../program.js';
import { HOST } from '../test-system.js';
import { json, startInstallation, type Installation } from './installation.js';

let installation: Installation;

beforeAll(async () => {
  installation = await startInstallation({ spare: 1 });
});

afterAll(() => installation.close());

/**
 * Starts a proxy to the bridge that presses Ctrl-C.
 * @param passes The bytes of the request that reach the bridge. If all do, the proxy presses Ctrl-C when the bridge
 * answers.
 */
async function startWay(passes: number, pressKeys: () => void): Promise<{ url: string; close(): void }> {
  const port = Number(new URL(installation.system.addresses.operator).port);
  const server = createServer((near) => {
    const far = connect(port, HOST);
    let left = passes;
    near.on('data', (chunk) => {
      if (left > 0) far.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left < 0) pressKeys();
    });
    far.on('data', pressKeys);
    near.on('close', () => far.destroy());
    for (const socket of [near, far]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return { url: `http://${HOST}:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

async function versions(): Promise<number> {
  return (json(await run(['network', 'history', '--json'], installation.here))['versions'] as unknown[]).length;
}

it.skipIf(noTerminal).for([
  ['while its file is on the way: nothing', 600, 0],
  ['when it is done, before its answer: all', Infinity, 1],
] as const)('an interrupted import changes, %s', async ([, passes, changes]) => {
  const { here, system } = installation;
  const before = await versions();
  const network = readFileSync(join(here.cwd, 'network.json'), 'utf8');
  writeFileSync(join(here.cwd, 'dearer.json'), network.replaceAll('"pricePerKwh":1800', '"pricePerKwh":1900'));
  const token = readFileSync(join(system.dataDir, 'operator-token'), 'utf8').trim();
  let press = (): void => undefined;
  const way = await startWay(passes, () => press());
  const onStart = (type: (keys: string) => void): void => void (press = () => type(CTRL_C));
  const line = `import dearer.json --url ${way.url} --token ${token}`;
  const { code, stdout } = await runOnTerminal(line, { ...here, onStart });
  way.close();
  expect(code, stdout).toBe(130);
  expect(stdout).toContain('What the bridge was asked for may have been done.');
  expect((await versions()) - before).toBe(changes);
});
