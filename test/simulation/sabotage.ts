import type { Connector } from '../../connectors/contract.ts';
import type { RenderedDocument } from '../../connectors/documents.ts';
import type {
  EventLog,
  GroupHandler,
  GroupOptions,
  LogBatch,
  LogRecord,
  ProduceRecord,
} from '../../runtime/event-log.ts';
import { partitionKey } from '../../runtime/event-log.ts';
import { type Claim, claimHeaders, claimOf } from '../../runtime/tables/epoch.ts';
import type { AcknowledgedPage, FieldAcknowledgement } from '../../schemas/generated/types.ts';
import { MemoryRegistry } from '../../schemas/registry/memory.ts';
import { registerSchemas } from '../../schemas/registry/registration.ts';
import { createSerde, type Serde } from '../../schemas/serde.ts';
import type { Decorators } from '../../simulation/index.ts';
import type { BudgetStore } from '../../storage/ports/budgets.ts';
import { isTableName } from '../../topology/types.ts';

/**
 * What the product gets right, taken away from outside: each stands between the product and one of its ports. The product has
 * no switch for any of them.
 */
export const SABOTAGES: Readonly<Record<string, () => Promise<Decorators>>> = {
  'no write-ahead': async () => {
    const serde = createSerde(await registerSchemas(new MemoryRegistry()), performanceClock);
    const written = new Map<string, AcknowledgedPage>();
    return {
      log: (inner) => producing(inner, (record) => withoutWriteAhead(record, serde, written)),
    };
  },
  'no quarantine': async () => ({
    transport: (inner) => ({
      close: () => inner.close(),
      send: async (channel, request, options) => {
        const result = await inner.send(channel, request, options);
        if (result.kind !== 'ambiguous') return result;
        const { code, message, durationMs } = result;
        // "No answer means that nothing happened."
        return { kind: 'notSent', reason: 'unreachable', code, message, durationMs };
      },
    }),
  }),
  'no epoch': async () => ({ log: (inner) => new ForgettingEpochs(inner) }),
  'no sharing': async () => ({ budgets: unshared }),
  'tables resumed from an offset': async () => ({ log: resumingTables }),
  'documents of a moment ago': async () => ({ connector: renderingSeldom }),
};

const performanceClock = { monotonic: () => 0 };

/** The log with something done to every record before it leaves. */
function producing(inner: EventLog, change: (record: ProduceRecord) => ProduceRecord): EventLog {
  return delegating(inner, {
    produce: (records) => inner.produce(records.map(change)),
  });
}

function delegating(inner: EventLog, changes: Partial<EventLog>): EventLog {
  return {
    produce: (records) => inner.produce(records),
    join: (options, handler) => inner.join(options, handler),
    readToEnd: (partitions, onBatch) => inner.readToEnd(partitions, onBatch),
    tail: (from, onBatch) => inner.tail(from, onBatch),
    close: () => inner.close(),
    get admin() {
      return inner.admin;
    },
    ...changes,
  };
}

/** A field that is out is recorded as what it was before. */
function withoutWriteAhead(
  record: ProduceRecord,
  serde: Serde,
  written: Map<string, AcknowledgedPage>,
): ProduceRecord {
  const { topic, key, value } = record;
  if (
    topic !== 'channel.acknowledged' ||
    value === null ||
    key === null ||
    key.startsWith('\u0000')
  )
    return record;
  const page = serde.decode('channel.acknowledged', value);
  const before = written.get(key);
  const columns = page.columns.map((column) => {
    const known = before?.columns.find(
      ({ field, rate_plan_id }) => field === column.field && rate_plan_id === column.rate_plan_id,
    );
    return {
      ...column,
      cells: column.cells.map((cell, day) =>
        cell.state === 'in_flight' ? (known?.cells[day] ?? NEVER_SENT) : cell,
      ),
    };
  });
  const changed = { ...page, columns };
  written.set(key, changed);
  return { ...record, value: serde.encode('channel.acknowledged', changed) };
}

const NEVER_SENT: FieldAcknowledgement = {
  state: 'uncertain',
  value: null,
  quarantined: false,
  released: 0,
  opened_at: null,
  code: null,
  advice: null,
};

/** Every reader takes the record of a former owner for one of the present owner. */
class ForgettingEpochs implements EventLog {
  readonly #inner: EventLog;

  constructor(inner: EventLog) {
    this.#inner = inner;
  }

  get admin() {
    return this.#inner.admin;
  }

  produce(records: readonly ProduceRecord[]): Promise<number[]> {
    return this.#inner.produce(records);
  }

  join(options: GroupOptions, handler: GroupHandler) {
    const forget = forgetting();
    return this.#inner.join(options, {
      assigned: (assignment) => handler.assigned(assignment),
      revoked: () => handler.revoked(),
      records: (batch) => handler.records(forget(batch)),
      outOfRange: (partition, wanted, resumedAt) =>
        handler.outOfRange(partition, wanted, resumedAt),
    });
  }

  readToEnd(...[partitions, onBatch]: Parameters<EventLog['readToEnd']>) {
    const forget = forgetting();
    return this.#inner.readToEnd(partitions, (batch) => onBatch(forget(batch)));
  }

  tail(...[from, onBatch]: Parameters<EventLog['tail']>) {
    const forget = forgetting();
    return this.#inner.tail(from, (batch) => onBatch(forget(batch)));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** Gives the records of lower epochs the claim of the highest one so far. */
function forgetting(): (batch: LogBatch) => LogBatch {
  const current = new Map<string, { readonly claim: Claim; readonly offset: number }>();
  return (batch) => {
    if (!isTableName(batch.topic)) return batch;
    const at = partitionKey(batch);
    const records = batch.records.map((record): LogRecord => {
      const claim = claimOf(record.headers);
      const known = current.get(at);
      if (
        known === undefined ||
        record.offset <= known.offset ||
        claim.epoch >= known.claim.epoch
      ) {
        current.set(at, { claim, offset: record.offset });
        return record;
      }
      current.set(at, { claim: known.claim, offset: record.offset });
      return { ...record, headers: { ...record.headers, ...claimHeaders(known.claim) } };
    });
    return { ...batch, records };
  };
}

/** A restarted owner reads its tables on from where its group had committed. */
function resumingTables(inner: EventLog): EventLog {
  return delegating(inner, {
    join: (options, handler) =>
      inner.join(options, {
        assigned: async (assignment) => {
          const positions = new Map(await handler.assigned(assignment));
          for (const { topic, partition } of assignment.partitions) {
            const key = partitionKey({ topic, partition });
            const committed = assignment.committed.get(key) ?? null;
            if (isTableName(topic) && committed !== null && positions.get(key) === 'earliest')
              positions.set(key, committed);
          }
          return positions;
        },
        revoked: () => handler.revoked(),
        records: (batch) => handler.records(batch),
        outOfRange: (partition, wanted, resumedAt) =>
          handler.outOfRange(partition, wanted, resumedAt),
      }),
  });
}

/** Every process has the whole of each limit for itself. */
function unshared(inner: BudgetStore): BudgetStore {
  const alone = <Named extends { readonly budget: string }>(
    process: string,
    all: readonly Named[],
  ) => all.map((one) => ({ ...one, budget: `${process} ${one.budget}` }));
  const back = <Named extends { readonly budget: string }>(
    process: string,
    all: readonly Named[],
  ) => all.map((one) => ({ ...one, budget: one.budget.slice(process.length + 1) }));
  return {
    settle: async (turn) => {
      const { process } = turn;
      const answer = await inner.settle({
        ...turn,
        shares: alone(process, turn.shares),
        draws: alone(process, turn.draws),
        pauses: alone(process, turn.pauses),
      });
      return {
        shares: back(process, answer.shares),
        draws: back(process, answer.draws),
        pauses: back(process, answer.pauses),
      };
    },
  };
}

/** Every second time the documents are those of the time before: what was closed meanwhile is still open in them. */
function renderingSeldom(inner: Connector): Connector {
  const { documents } = inner;
  if (!documents) return inner;
  const kept = new Map<string, readonly RenderedDocument[]>();
  return {
    ...inner,
    documents: {
      ...documents,
      render: (connection, view) => {
        const id = connection.connection_id;
        const last = kept.get(id);
        const rendered = last ?? documents.render(connection, view);
        if (last) kept.delete(id);
        else kept.set(id, rendered);
        return rendered;
      },
    },
  };
}
