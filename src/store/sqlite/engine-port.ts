import { Engine, type Durability, type EngineApi } from './engine.js';
import type { SqliteHandle } from './connection.js';
import type { JournalMedium } from './journal-medium.js';

/** Where the engine works: in the caller's own thread, or in one of its own. */
export interface EngineHost {
  /** The highest number of a meter entry when the engine was opened. */
  topSeq(): number;
  /** At once, or a promise. @errors The engine's own. */
  call<N extends keyof EngineApi>(
    name: N,
    ...args: Parameters<EngineApi[N]>
  ): EngineResult<N> | Promise<EngineResult<N>>;
}

export type EngineResult<N extends keyof EngineApi> = ReturnType<EngineApi[N]>;

/** An engine that does everything at once, on a connection and a medium that stay the caller's. */
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
  const method = engine[name] as (...given: Parameters<EngineApi[N]>) => EngineResult<N>;
  return method.apply(engine, args);
}
