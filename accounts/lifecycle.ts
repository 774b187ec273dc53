import type { ConnectionPhase } from '../schemas/generated/types.ts';
import type { ConnectionChange, ConnectionRow } from '../storage/ports/connections.ts';

/** What a person or the import may do to a connection. */
export type LifecycleStep =
  | 'startImport'
  | 'finishImport'
  | 'activate'
  | 'pause'
  | 'resume'
  | 'disconnect'
  | 'attach'
  | 'reauthorize';

interface Transition {
  readonly from: readonly ConnectionPhase[];
  readonly set: (row: ConnectionRow) => ConnectionChange['set'];
}

/**
 * The life of a connection. Only `active` lets openings and prices leave; what the platform or a refused credential does to it (error,
 * expired) comes from the journal and the vault.
 *
 *     pending → importing → preview → active ⇄ paused
 *     any → disconnected → (attach) → pending; expired → (reauthorize) → active, or paused if it was
 */
export const TRANSITIONS: Readonly<Record<LifecycleStep, Transition>> = {
  startImport: { from: ['pending'], set: () => ({ setupPhase: 'importing' }) },
  finishImport: { from: ['importing'], set: () => ({ setupPhase: 'preview' }) },
  activate: {
    from: ['preview'],
    set: () => ({ status: 'active', errorMessage: null, errorCount: 0 }),
  },
  pause: { from: ['active', 'error'], set: () => ({ status: 'paused', syncEnabled: false }) },
  resume: {
    from: ['paused'],
    set: () => ({ status: 'active', syncEnabled: true, errorMessage: null, errorCount: 0 }),
  },
  disconnect: {
    from: ['pending', 'importing', 'preview', 'active', 'paused', 'error', 'expired'],
    set: () => ({ status: 'disconnected' }),
  },
  // The listing may be another one, and what we believed about it is from another life.
  attach: {
    from: ['disconnected', 'expired'],
    set: ({ incarnation }) => ({
      status: 'pending',
      setupPhase: 'pending',
      syncEnabled: true,
      incarnation: incarnation + 1,
      errorMessage: null,
      errorCount: 0,
    }),
  },
  reauthorize: {
    from: ['expired'],
    set: ({ incarnation }) => ({
      status: 'active',
      incarnation: incarnation + 1,
      errorMessage: null,
      errorCount: 0,
    }),
  },
};
