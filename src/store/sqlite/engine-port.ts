/** Defines how to call the engine, whether it runs in the caller's thread or in its own. */
import { Engine, type Durability, type EngineApi } from './engine.js';
import type { SqliteHandle } from './connection.js';
import type { JournalMedium } from './journal-medium.js';

export interface EngineHost {
  /** The highest seq of a meter entry when the engine was opened. */
  topSeq(): number;
  /** Calls the engine, and returns the result or a promise of it. @errors Those of the engine. */
  call<N extends keyof EngineApi>(
    name: N,
    ...args: Parameters<EngineApi[N]>
  ): EngineResult<N> | Promise<EngineResult<N>>;
}

export type EngineResult<N extends keyof EngineApi> = ReturnType<EngineApi[N]>;

/** Creates an engine in the caller's thread, on a connection and a journal that the caller owns. */
export function createInlineEngine(db: SqliteHandle, medium: JournalMedium, durability: Durability): EngineHost {
  const engine = new Engine(db, medium, durability);
  return {
    topSeq: () => engine.topSeq(),
    call: (name, ...args) => callEngine(engine, name, args),
  };
}

export function callEngine<N extends keyof EngineApi>(
  engine: EngineApi,
  name: N,
  args: Parameters<EngineApi[N]>,
): EngineResult<N> {
  const method = engine[name] as (...args: Parameters<EngineApi[N]>) => EngineResult<N>;
  return method.apply(engine, args);
}
