import type {
  EventRecordOf,
  FoldContext,
  FoldResult,
  Output,
  Processor,
} from '../../runtime/stage.ts';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { fromEpochDay } from '../../schemas/domain/plain-date.ts';
import type { Finding } from '../alert.ts';
import { alertOutput } from '../alert.ts';
import { aboutKey, parseCalendarKey } from '../property-calendar/keys.ts';
import type { Source } from './calendar-draft.ts';
import { CalendarDraft } from './calendar-draft.ts';
import { foldEvent } from './fold-event.ts';
import { isExpired, isExpiredKey } from './retention.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The retention sweep looks at one slice of the keys each hour, so that none of its folds is long. */
const SWEEP_SLICES = 24;
const NOTHING: FoldResult = { outputs: [] };

/**
 * Folds `pms.events` into the convergent calendar `property.calendar`: any order, any duplication, the same registers. A record of another
 * partition is moved there, counted and alerted, never folded: here its property has no registers and no order.
 */
export function createIntake(): Processor {
  return {
    events: (_topic, records, state) => {
      const batch = new IntakeBatch(state);
      for (const record of records) if (record.topic === 'pms.events') batch.take(record);
      return batch.result();
    },
    changed: () => NOTHING,
    restored: (doubtful, state) => ({
      outputs: [
        ...voidFloors(
          doubtful.map(({ key }) => key),
          state,
        ),
      ],
      wakeAt: nextSweep(state.now),
    }),
    wake: sweep,
  };
}

class IntakeBatch {
  readonly #state: FoldContext;
  readonly #draft: CalendarDraft;
  readonly #moved: Output[] = [];
  readonly #findings = new Map<string, Finding>();
  #mismatches = 0;
  #folded = 0;

  constructor(state: FoldContext) {
    this.#state = state;
    this.#draft = new CalendarDraft(state.tables);
  }

  take(record: EventRecordOf<'pms.events'>): void {
    const event = record.value;
    if (this.#state.partitionOf(event.property_id) !== this.#state.partition) {
      this.#move(record);
      return;
    }
    const owner = this.#draft.ownerOf(event.property_id);
    if (owner !== undefined && owner !== event.tenant_id) {
      this.#mismatches += 1;
      this.#report('EVENT_TENANT_MISMATCH', record, owner, event.event_id, {
        event_id: event.event_id,
        sequence: event.sequence,
      });
      return;
    }
    // An event without sequence never comes this far: `validateEvent` is asked before.
    if (event.sequence === null) throw new TypeError(`event ${event.event_id} has no sequence`);
    foldEvent(this.#draft, event, event.sequence, sourceOf(record));
    this.#folded += 1;
  }

  result(): FoldResult {
    const written = this.#draft.outputs(utcDate(this.#state.now));
    const findings = [...this.#findings.values(), ...this.#undescribed(written)];
    const alerts = findings.map((one) => alertOutput(one, this.#state.now));
    return {
      outputs: [...this.#moved, ...alerts, ...written],
      counts: [
        ['parity_intake_events_total', this.#folded],
        ['parity_foreign_partition_records_total', this.#moved.length],
        ['parity_tenant_mismatch_events_total', this.#mismatches],
      ],
    };
  }

  /** Properties that have new facts and, at the end of the batch, no description: nothing of them can open. Once a day. */
  *#undescribed(written: readonly Output[]): Generator<Finding> {
    const owners = new Map<PropertyId, TenantId>();
    for (const { topic, value } of written)
      if (topic === 'property.calendar' && value !== null)
        owners.set(value.property_id, value.tenant_id);
    for (const [propertyId, tenantId] of owners) {
      if (this.#draft.about(propertyId).property !== null) continue;
      yield {
        code: 'PROPERTY_UNKNOWN',
        severity: 'warning',
        message: MESSAGES.PROPERTY_UNKNOWN,
        tenantId,
        propertyId,
        connectionId: null,
        identity: utcDate(this.#state.now),
        context: {},
      };
    }
  }

  #move(record: EventRecordOf<'pms.events'>): void {
    const { property_id, tenant_id } = record.value;
    const { originTs, traceparent } = sourceOf(record);
    this.#moved.push({
      topic: 'pms.events',
      key: property_id,
      value: record.value,
      tenantId: tenant_id,
      originTs,
      traceparent,
      placement: property_id,
    });
    this.#report('EVENT_FOREIGN_PARTITION', record, tenant_id, utcDate(this.#state.now), {
      found_in: this.#state.partition,
      belongs_to: this.#state.partitionOf(property_id),
    });
  }

  /** @param tenantId who is told: the owner of the property, whoever the event claims to be of */
  #report(
    code: 'EVENT_FOREIGN_PARTITION' | 'EVENT_TENANT_MISMATCH',
    { value: { property_id } }: EventRecordOf<'pms.events'>,
    tenantId: TenantId,
    identity: string,
    context: Finding['context'],
  ): void {
    this.#findings.set(`${code} ${property_id} ${identity}`, {
      code,
      severity: 'warning',
      message: MESSAGES[code],
      tenantId,
      propertyId: property_id,
      connectionId: null,
      identity,
      context,
    });
  }
}

const MESSAGES = {
  EVENT_FOREIGN_PARTITION:
    'Events of this property were produced to a foreign partition; they were moved to their own.',
  PROPERTY_UNKNOWN:
    'Events of a property that is not described yet: they are kept, and its nights stay closed until it is.',
  EVENT_TENANT_MISMATCH: 'An event of another tenant named this property; it was not applied.',
} as const;

function sourceOf(record: EventRecordOf<'pms.events'>): Source {
  return {
    tenantId: record.value.tenant_id,
    propertyId: record.value.property_id,
    originTs: record.originTs ?? record.timestamp,
    traceparent: record.traceparent,
  };
}

/**
 * Registers of a property may have been lost to a zombie's write. What was lost could be a booking, so its nights become unknown until a
 * fresh snapshot covers them: the floors go.
 */
function* voidFloors(doubtful: readonly string[], { tables, now }: FoldContext): Generator<Output> {
  const properties = new Set(doubtful.map((key) => parseCalendarKey(key)?.propertyId));
  for (const propertyId of properties) {
    if (propertyId === undefined) continue;
    const key = aboutKey(propertyId);
    const value = tables.get('property.calendar', key);
    if (!value || !('parity.tables.AboutRegister' in value.entry)) continue;
    const about = value.entry['parity.tables.AboutRegister'];
    const newest = about.snapshots[0]?.sequence ?? 0;
    const entry = { 'parity.tables.AboutRegister': { ...about, snapshots: [] } };
    const { tenant_id: tenantId, property_id } = value;
    yield alertOutput(
      {
        code: 'CALENDAR_DOUBTFUL',
        severity: 'critical',
        message: 'Calendar facts may be lost: nothing opens until a fresh snapshot is imported.',
        tenantId,
        propertyId: property_id,
        connectionId: null,
        identity: String(newest),
        context: { doubtful: doubtful.filter((one) => one.startsWith(`${propertyId}/`)) },
      },
      now,
    );
    yield { topic: 'property.calendar', key, value: { ...value, entry }, tenantId };
  }
}

/** Ends registers of nights long past, one slice of the keys an hour. */
function sweep({ tables, now }: FoldContext): FoldResult {
  const today = utcDate(now);
  const slice = Math.floor(now / HOUR_MS) % SWEEP_SLICES;
  const outputs: Output[] = [];
  for (const key of tables.keys('property.calendar')) {
    if (sliceOf(key) !== slice) continue;
    const byKey = isExpiredKey(key, today);
    if (byKey === false) continue;
    const value = tables.get('property.calendar', key);
    if (value && isExpired(value, today))
      outputs.push({ topic: 'property.calendar', key, value: null, tenantId: value.tenant_id });
  }
  return { outputs, wakeAt: nextSweep(now) };
}

function sliceOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (hash * 31 + key.charCodeAt(at)) | 0;
  return (hash >>> 0) % SWEEP_SLICES;
}

function nextSweep(now: number): number {
  return (Math.floor(now / HOUR_MS) + 1) * HOUR_MS;
}

function utcDate(now: number): PlainDate {
  return fromEpochDay(Math.floor(now / DAY_MS));
}
