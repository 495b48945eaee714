import type { Plugin } from 'vitest/node';
import type { SimulationRun } from '../simulation.js';
import type { PlantedBug } from './planted-bug.js';

export interface Found {
  readonly invariant: string;
  readonly problem: string;
}

export interface LoadedSimulation {
  readonly PLANTED_BUGS: readonly PlantedBug[];
  close(): Promise<void>;
  judge(
    seed: number,
    faults: readonly string[],
  ): Promise<{ readonly run: SimulationRun; readonly found: readonly Found[] }>;
}

export interface Sought {
  readonly seed: number;
  readonly invariants: readonly string[];
  readonly found: readonly Found[];
  readonly unclean?: readonly Found[];
}

interface Judge {
  judge(seed: number, faults: readonly string[]): Promise<{ readonly found: readonly Found[] }>;
}

export function plant(bug: PlantedBug): Plugin & { readonly missing: ReadonlySet<unknown> };
export function loadSimulation(bug?: PlantedBug): Promise<LoadedSimulation>;
export function seek(bug: PlantedBug, clean: LoadedSimulation, seeds: number): Promise<Sought | undefined>;
export function compare(
  bug: PlantedBug,
  simulations: { readonly planted: Judge; readonly clean: Judge },
  seeds: number,
): Promise<Sought | undefined>;
