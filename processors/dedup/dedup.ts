import type {
  EventRecordOf,
  FoldContext,
  FoldResult,
  Output,
  OutputOf,
  Processor,
} from '../../runtime/stage.ts';
import type {
  InboundMessage,
  Reservation,
  SeenRevision,
  SeenRevisions,
} from '../../schemas/generated/types.ts';

const DAY_MS = 86_400_000;
/** Retention of `channel.revisions`. */
const REVISION_RETENTION_DAYS = 400;
/** A reservation with more revisions forgets the oldest; should one come again, the row it finds in the database outdates it. */
export const REVISIONS_MAX = 50;

/**
 * Drops exact repeats of a revision, whatever brought them (webhook, poll, fetch). A repeat whose platform wants an acknowledgement passes as
 * a redelivery. Age is not judged here: that needs the row.
 *
 * All revisions of a batch are written before the table: a crash in between repeats an output, which is harmless, and never loses one.
 */
export function createDedup(): Processor {
  return {
    events: (_topic, records, state) => {
      const batch = new DedupBatch(state);
      for (const record of records) if (record.topic === 'channel.webhooks') batch.take(record);
      return batch.result();
    },
    changed: () => ({ outputs: [] }),
    restored: (_doubtful, state) => ({ outputs: [], wakeAt: state.now + DAY_MS }),
    wake: forgetOld,
  };
}

/** Key of `channel.revisions`. */
export function revisionsKey(connectionId: string, reservationId: string): string {
  return `${connectionId}/${reservationId}`;
}

class DedupBatch {
  readonly #state: FoldContext;
  readonly #passed: Output[] = [];
  readonly #seen = new Map<string, OutputOf<'channel.revisions'>>();
  #repeats = 0;
  #redeliveries = 0;

  constructor(state: FoldContext) {
    this.#state = state;
  }

  take(record: EventRecordOf<'channel.webhooks'>): void {
    const message = record.value;
    const { reservation, connection_id, delivery } = message;
    const key = revisionsKey(connection_id, reservation.reservation_id);
    const known = this.#known(key);
    const repeated = known.some((revision) => isRevision(revision, reservation));
    if (!repeated) {
      this.#pass(record, false);
      this.#remember(key, known, record);
    } else if (delivery === null) {
      this.#repeats += 1;
    } else {
      this.#redeliveries += 1;
      this.#pass(record, true);
    }
  }

  result(): FoldResult {
    return {
      outputs: [...this.#passed, ...this.#seen.values()],
      counts: [
        ['parity_duplicate_revisions_total', this.#repeats],
        ['parity_redelivered_revisions_total', this.#redeliveries],
      ],
    };
  }

  #known(key: string): readonly SeenRevision[] {
    const row = this.#seen.get(key)?.value ?? this.#state.tables.get('channel.revisions', key);
    return row?.seen ?? [];
  }

  #pass(record: EventRecordOf<'channel.webhooks'>, redelivery: boolean): void {
    const { via: _via, ...message } = record.value;
    this.#passed.push({
      topic: 'channel.bookings',
      key: message.connection_id,
      value: { ...message, redelivery },
      tenantId: message.tenant_id,
      originTs: record.originTs ?? record.timestamp,
      traceparent: record.traceparent,
    });
  }

  #remember(
    key: string,
    known: readonly SeenRevision[],
    { value, originTs, traceparent }: EventRecordOf<'channel.webhooks'>,
  ): void {
    const oldest = this.#state.now - REVISION_RETENTION_DAYS * DAY_MS;
    const kept = known.filter((revision) => revision.seen_at >= oldest);
    const row: SeenRevisions = {
      connection_id: value.connection_id,
      reservation_id: value.reservation.reservation_id,
      seen: [...kept, revisionOf(value)].slice(-REVISIONS_MAX),
    };
    const { tenant_id: tenantId } = value;
    this.#seen.set(key, {
      topic: 'channel.revisions',
      key,
      value: row,
      tenantId,
      originTs,
      traceparent,
    });
  }
}

/** The time of receipt, not of the fold, so that a replay ends in the same row. */
function revisionOf({ reservation, received_at }: InboundMessage): SeenRevision {
  const { status, revised_at, content_hash } = reservation;
  return { status, revised_at, content_hash, seen_at: received_at };
}

function isRevision(seen: SeenRevision, reservation: Reservation): boolean {
  return (
    seen.content_hash === reservation.content_hash &&
    seen.revised_at === reservation.revised_at &&
    seen.status === reservation.status
  );
}

/** Once a day: rows whose newest revision is past the retention end. */
function forgetOld({ tables, now }: FoldContext): FoldResult {
  const oldest = now - REVISION_RETENTION_DAYS * DAY_MS;
  const outputs: Output[] = [];
  for (const key of tables.keys('channel.revisions')) {
    const row = tables.get('channel.revisions', key);
    if (row?.seen.every((revision) => revision.seen_at < oldest))
      outputs.push({ topic: 'channel.revisions', key, value: null });
  }
  return { outputs, wakeAt: now + DAY_MS };
}
