import { sleep } from '../../runtime/ports.ts';
import type { RelaySession } from '../ports/relay.ts';
import type { RelayPorts } from './ports.ts';
import { Tenure } from './tenure.ts';

export interface Relay {
  /** True while this process is the relay of the database. */
  active(): boolean;
  /** Gives the lock back and ends. Idempotent. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects for a defect, never because PostgreSQL or the log were away. */
  readonly ended: Promise<void>;
}

const ACQUIRE_EVERY_MS = 1_000;

/**
 * Publishes the outbox. One process of all is the relay, by an advisory lock; the others stand by and try to get it. What it publishes is
 * every row that is not published, in id order, never from a cursor: ids commit out of order.
 *
 * States: standby → (lock) → tenure → (lock lost, PostgreSQL away, fenced) → standby; stop from any.
 */
export function startRelay(ports: RelayPorts): Relay {
  const stopping = new AbortController();
  let tenure: Tenure | undefined;

  async function acquire(): Promise<RelaySession | null> {
    try {
      return await ports.store.tryAcquire();
    } catch (error) {
      ports.environment.logger.warn({ error: String(error) }, 'the relay cannot reach PostgreSQL');
      return null;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const session = await acquire();
      if (session !== null) {
        tenure = new Tenure(session, ports, stopping.signal);
        await tenure.run();
        tenure = undefined;
      }
      await pause(ACQUIRE_EVERY_MS * (0.5 + ports.environment.random.next()));
    }
  }

  async function pause(ms: number): Promise<void> {
    if (stopping.signal.aborted) return;
    await sleep(ports.environment.timers, ms, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    });
  }

  const ended = run();
  // Whoever awaits `ended` learns of a defect; that nobody may be waiting yet is no second one.
  ended.catch(() => undefined);
  return {
    active: () => tenure?.publishing ?? false,
    stop: async () => {
      stopping.abort();
      await ended;
    },
    ended,
  };
}
