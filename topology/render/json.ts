import type { Topology } from '../types.ts';

/** The topology as it is declared, for other programs. */
export function renderJson(topology: Topology): string {
  return `${JSON.stringify(topology, null, 2)}\n`;
}
