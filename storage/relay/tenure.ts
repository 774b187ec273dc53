import { type JoinedSignal, joinSignals } from '../../runtime/joined-signal.ts';
import { sleep } from '../../runtime/ports.ts';
import { codeOf } from '../../schemas/errors.ts';
import type { OutboxRow, RelaySession } from '../ports/relay.ts';
import type { RelayPorts } from './ports.ts';
import { Publisher } from './publisher.ts';
import { RelayTables } from './tables.ts';

/** A NOTIFY may be missed; nothing waits longer than this. */
const SAFETY_MS = 1_000;
const BATCH = 500;
const RETRY_MS = 500;
const FORGET_EVERY_MS = 600_000;
const KEEP_PUBLISHED_MS = 7 * 86_400_000;

/** One time as the relay: from the lock to its loss. `run` never throws for what PostgreSQL or the log did; it ends instead. */
export class Tenure {
  readonly #session: RelaySession;
  readonly #ports: RelayPorts;
  readonly #ending: JoinedSignal;
  #publishing = false;
  #wake: (() => void) | undefined;
  #pending = true;
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(session: RelaySession, ports: RelayPorts, stopping: AbortSignal) {
    this.#session = session;
    this.#ports = ports;
    this.#ending = joinSignals(session.lost, stopping);
  }

  get #over(): AbortSignal {
    return this.#ending.signal;
  }

  get publishing(): boolean {
    return this.#publishing && !this.#over.aborted;
  }

  async run(): Promise<void> {
    const { environment } = this.#ports;
    const tables = new RelayTables(this.#session, this.#ports, () => this.#alarm());
    const alarmOnEnd = () => this.#alarm();
    this.#over.addEventListener('abort', alarmOnEnd);
    try {
      await this.#session.onAppended(() => this.#alarm());
      while (!this.#over.aborted && !tables.fenced)
        await this.#insist(() => this.#publishUnder(tables));
    } catch (error) {
      if (!this.#isOver(error)) throw error;
      environment.logger.warn({ error: String(error) }, 'the tenure of the relay has ended');
    } finally {
      this.#publishing = false;
      this.#ending.release();
      await tables.close();
      await this.#session
        .release()
        .catch((error: unknown) =>
          environment.logger.warn(
            { error: String(error) },
            'the session of the relay did not close',
          ),
        );
    }
  }

  /**
   * Claims the tables and publishes until the log fails. What was written then may still land, behind newer rows: under the next claim it is
   * a former relay's.
   */
  async #publishUnder(tables: RelayTables): Promise<void> {
    const claim = await tables.takeOver();
    this.#ports.environment.logger.info({ epoch: claim.epoch }, 'this process is the relay');
    const publisher = new Publisher(this.#ports, claim);
    this.#publishing = true;
    this.#pending = true;
    try {
      while (!this.#over.aborted && !tables.fenced)
        if (!(await this.#round(tables, publisher))) await this.#sleepUntilAlarm();
    } finally {
      this.#publishing = false;
    }
  }

  /** Everything that is due now. True: there may be more. */
  async #round(tables: RelayTables, publisher: Publisher): Promise<boolean> {
    this.#pending = false;
    await tables.repair(publisher);
    const rows = await this.#session.unpublished(BATCH);
    await this.#publish(rows, publisher);
    await this.#forget();
    if (rows.length > 0) return true;
    await tables.reconcile(publisher);
    return false;
  }

  async #publish(rows: readonly OutboxRow[], publisher: Publisher): Promise<void> {
    const { environment } = this.#ports;
    const first = rows[0];
    environment.metrics.gauge(
      'parity_outbox_oldest_seconds',
      first === undefined ? 0 : Math.max(0, environment.clock.now() - first.createdAt) / 1_000,
    );
    if (first === undefined) return;
    const { published, failed } = await publisher.publish(rows);
    if (published.length > 0) await this.#session.markPublished(published);
    environment.metrics.count('parity_outbox_published_total', {}, published.length);
    for (const { id, reason } of failed) {
      environment.metrics.count('parity_outbox_failed_total');
      environment.logger.error(
        { outboxId: id, reason },
        'an outbox row can never be published as it is',
      );
      await this.#session.markFailed(id, reason);
    }
  }

  async #forget(): Promise<void> {
    const { clock } = this.#ports.environment;
    if (clock.monotonic() - this.#forgotAt < FORGET_EVERY_MS) return;
    this.#forgotAt = clock.monotonic();
    await this.#session.forget(clock.now() - KEEP_PUBLISHED_MS);
  }

  /** Repeats while only the log is away; ends with the work or the tenure. */
  async #insist(work: () => Promise<void>): Promise<void> {
    while (!this.#over.aborted) {
      try {
        await work();
        return;
      } catch (error) {
        const code = codeOf(error);
        if (code !== 'LOG_UNAVAILABLE' && code !== 'REGISTRY_UNAVAILABLE') throw error;
        this.#ports.environment.logger.warn(
          { code, error: String(error) },
          'the relay cannot publish now',
        );
        await sleep(this.#ports.environment.timers, RETRY_MS, this.#over);
      }
    }
  }

  #isOver(error: unknown): boolean {
    return this.#over.aborted || codeOf(error) === 'DATABASE_UNAVAILABLE';
  }

  #alarm(): void {
    this.#pending = true;
    this.#wake?.();
  }

  #sleepUntilAlarm(): Promise<void> {
    if (this.#pending || this.#over.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel();
        this.#wake = undefined;
        resolve();
      };
      const timer = this.#ports.environment.timers.after(SAFETY_MS, wake);
      this.#wake = wake;
    });
  }
}
