import { Engine, type Durability, type Work } from './engine.js';
import type { SqliteHandle } from './connection.js';
import type { JournalMedium } from './journal-medium.js';

/** Where the engine works: in the caller's own thread, or in one of its own. */
export interface EngineHost {
  /** The highest number of a meter entry when the engine was opened. */
  topSeq(): number;
  /** At once, or a promise. @errors The engine's own. */
  do<N extends keyof Work>(name: N, ...args: Parameters<Work[N]>): Answer<N> | Promise<Answer<N>>;
}

export type Answer<N extends keyof Work> = ReturnType<Work[N]>;

/** An engine that does everything at once, on a connection and a medium that stay the caller's. */
export function hostInline(db: SqliteHandle, medium: JournalMedium, durability: Durability): EngineHost {
  const engine = new Engine(db, medium, durability);
  return {
    topSeq: () => engine.topSeq(),
    do: (name, ...args) => perform(engine, name, args),
  };
}

export function perform<N extends keyof Work>(engine: Work, name: N, args: Parameters<Work[N]>): Answer<N> {
  const method = engine[name] as (...given: Parameters<Work[N]>) => Answer<N>;
  return method.apply(engine, args);
}
