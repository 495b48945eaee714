/**
 * Reads YAML in its own thread, because the parser takes seconds for a large network and cannot pause. The value comes
 * back as JSON, because a text is passed and parsed much faster than objects are copied between threads.
 */
import { Worker } from 'node:worker_threads';
import type { Fault } from './edits/fault.js';

/** Line and column in a text, from 1. */
export type Place = Pick<Fault, 'line' | 'column'>;

export interface YamlRequest {
  readonly text: string;
  /** If set, the response contains the places of these values instead of the content. */
  readonly paths?: readonly (readonly string[])[];
}

export type YamlResponse =
  | { readonly json: string }
  | { readonly places: readonly Place[] }
  | { readonly problem: string; readonly place?: Place };

/** Tests run the TypeScript sources, but a thread needs the built module. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/operator/network/yaml-thread.js' : './yaml-thread.js',
  import.meta.url,
);
/** The thread's heap limit: about ten times what 5,000 charge points need. */
const MAX_HEAP_MB = 1536;

export async function readYaml(
  text: string,
): Promise<{ readonly value: unknown } | { readonly problem: string; readonly place?: Place }> {
  const response = await runThread({ text });
  if ('json' in response) return { value: JSON.parse(response.json) };
  return 'problem' in response ? response : { problem: 'it has no content' };
}

/**
 * Finds values in a YAML or JSON text.
 * @returns For each path the place of its value, or of the innermost part of the path that exists. If the text cannot
 *   be read, the list is empty.
 */
export async function locateValues(text: string, paths: readonly (readonly string[])[]): Promise<readonly Place[]> {
  const response = await runThread({ text, paths });
  return 'places' in response ? response.places : [];
}

/** Never rejects. A text that exhausts the thread's memory or stack results in a problem. */
function runThread(request: YamlRequest): Promise<YamlResponse> {
  const worker = new Worker(ENTRY, {
    workerData: request,
    execArgv: [],
    env: {},
    name: 'yaml',
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (error) => resolve({ problem: error instanceof Error ? error.message : String(error) }));
  });
}
