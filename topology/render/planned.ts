import type { Stage, Topic } from '../types.ts';

/** What is declared but not built yet says so wherever it is described. */
export function describe({ planned, description }: Stage | Topic): string {
  return planned ? `Planned, not in this build: ${description}` : description;
}
