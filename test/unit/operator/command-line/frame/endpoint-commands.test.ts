import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allCommands } from '../../../../../src/operator/command-line/commands.js';
import { COMMAND_OF_ENDPOINT, nameCommands } from '../../../../../src/operator/command-line/frame/endpoint-commands.js';
import { ENDPOINTS } from '../../../../../src/operator/endpoints.js';
import { notFound } from '../../../../../src/operator/http/problem.js';

const SRC = resolve(import.meta.dirname, '../../../../../src');

/** Endpoints that no command calls, so messages name them by method and path. */
const WITHOUT_COMMAND = [
  'GET /api/discrepancies',
  'GET /api/tokens',
  'POST /api/tokens',
  'POST /api/charge-points/{id}/quarantine/clear',
  'POST /api/charge-points/{id}/password, on both sides together',
];

/** The sentences in the sources that name an endpoint, including those that `notFound` builds from a path. */
const sentences = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/command-line|sandbox|index-page|openapi\.ts|-endpoints\.ts/.test(path))
  .flatMap((path) => {
    const text = readFileSync(join(SRC, path), 'utf8').replaceAll(/^\s*(\/\*\*|\*|\/\/).*$/gm, '');
    const quoted = [...text.matchAll(/'((?:[^'\\\n]|\\.)*)'|`([^`]*)`/g)].map(
      ([, single, template]) => single ?? template ?? '',
    );
    const lists = [...text.matchAll(/notFound\([^)]*'(\/api[^']*)'\)/g)].map(
      ([, at = '']) => notFound('thing', 'x', at).hint,
    );
    return [...quoted.filter((one) => / /.test(one)), ...lists];
  })
  .filter((sentence) => /\/(api|health)\b/.test(sentence));

describe('a text of the API in the command line', () => {
  it('names a command where there is one for its endpoint', () => {
    expect(sentences.length).toBeGreaterThan(20);
    const left = sentences.map(nameCommands).filter((text) => /\/(api|health)\b/.test(text));
    expect(left.filter((text) => !WITHOUT_COMMAND.some((endpoint) => text.includes(endpoint)))).toEqual([]);
    expect(WITHOUT_COMMAND.filter((endpoint) => !left.some((text) => text.includes(endpoint)))).toEqual([]);
  });

  it.each([
    ['GET /api/orders/{id} says how it stands.', '"orders show ID" says how it stands.'],
    ['Lists can be read; /health/ready says what to do.', 'Lists can be read; "doctor" says what to do.'],
    ['Reload it (POST /api/reload or SIGHUP).', 'Reload it ("reload" or SIGHUP).'],
    ['POST /api/charge-points/<id>/password with "byHand": true makes one.', '"passwords ID" makes one.'],
    ['GET /api/tokens lists them.', 'GET /api/tokens lists them.'],
  ])('%s', (text, expected) => {
    expect(nameCommands(text)).toBe(expected);
  });

  it('names only commands and endpoints that exist', () => {
    const nothing = (): Promise<void> => Promise.resolve();
    const commands = allCommands({ serve: nothing, sandboxProgram: nothing }).map(({ name }) => name);
    const named = Object.values(COMMAND_OF_ENDPOINT).map((line) => line.replace(/ (ID|charge-points)$/, ''));
    expect(named.filter((name) => name !== 'help' && !commands.includes(name))).toEqual([]);
    const paths = new Set(ENDPOINTS.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, 'ID')}`));
    const unknown = Object.keys(COMMAND_OF_ENDPOINT).filter(
      (endpoint) => !paths.has(endpoint.replace(/ with .*/, '').replace('charge-points.csv', 'ID.csv')),
    );
    expect(unknown).toEqual(['GET /health/ready', 'GET /api', 'GET /api/openapi.json']);
  });
});
