import type { Output, OutputOf, TableView } from '../../runtime/stage.ts';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import type { PlainDate, PlainMonth } from '../../schemas/domain/plain-date.ts';
import type {
  AboutRegister,
  BlockRegister,
  BookingRegister,
  PropertyCalendarEntry,
} from '../../schemas/generated/types.ts';
import { aboutKey, blockKey, bookingKey, monthKey } from '../property-calendar/keys.ts';
import { MonthDraft } from './month-draft.ts';
import { isExpired } from './retention.ts';

/** The event that a register is changed by. */
export interface Source {
  readonly tenantId: TenantId;
  readonly propertyId: PropertyId;
  readonly originTs: number | null;
  readonly traceparent: string | null;
}

interface Change {
  readonly key: string;
  /** The change that has waited longest: latency is measured from it. */
  readonly source: Source;
  readonly stage: WriteStage;
  readonly entry: () => PropertyCalendarEntry['entry'];
}

/** Write order of a batch; see `outputs`. */
type WriteStage = 0 | 1 | 2 | 3;

/**
 * The registers that a batch touches: each is read once, changed in memory and written once. Only what changed is written, so a repeated
 * event writes nothing.
 */
export class CalendarDraft {
  readonly #tables: TableView;
  readonly #months = new Map<string, MonthDraft>();
  readonly #changes = new Map<string, Change>();
  readonly #owners = new Map<PropertyId, TenantId>();

  constructor(tables: TableView) {
    this.#tables = tables;
  }

  /** Tenant that the property belongs to as far as its registers tell. */
  ownerOf(propertyId: PropertyId): TenantId | undefined {
    const known = this.#owners.get(propertyId) ?? this.#storedOwner(propertyId);
    if (known !== undefined) this.#owners.set(propertyId, known);
    return known;
  }

  #storedOwner(propertyId: PropertyId): TenantId | undefined {
    const about = this.#tables.get('property.calendar', aboutKey(propertyId));
    if (about) return about.tenant_id;
    for (const key of this.#tables.keys('property.calendar', `${propertyId}/`))
      return this.#tables.get('property.calendar', key)?.tenant_id;
    return undefined;
  }

  booking(propertyId: PropertyId, bookingId: string): BookingRegister | undefined {
    const entry = this.#entry(bookingKey(propertyId, bookingId));
    return entry && 'parity.tables.BookingRegister' in entry
      ? entry['parity.tables.BookingRegister']
      : undefined;
  }

  setBooking(register: BookingRegister, source: Source): void {
    const live = register.pms?.live === true || register.channel?.live === true;
    this.#set(bookingKey(source.propertyId, register.booking_id), source, live ? 0 : 2, () => ({
      'parity.tables.BookingRegister': register,
    }));
  }

  block(propertyId: PropertyId, blockId: string): BlockRegister | undefined {
    const entry = this.#entry(blockKey(propertyId, blockId));
    return entry && 'parity.tables.BlockRegister' in entry
      ? entry['parity.tables.BlockRegister']
      : undefined;
  }

  setBlock(register: BlockRegister, source: Source): void {
    this.#set(
      blockKey(source.propertyId, register.block_id),
      source,
      register.live ? 0 : 2,
      () => ({ 'parity.tables.BlockRegister': register }),
    );
  }

  /** Changes a month in place; `change` says whether it did. */
  changeMonth(month: PlainMonth, source: Source, change: (draft: MonthDraft) => boolean): void {
    const key = monthKey(source.propertyId, month);
    let draft = this.#months.get(key);
    if (!draft) {
      const entry = this.#entry(key);
      const known =
        entry && 'parity.tables.MonthRegister' in entry
          ? entry['parity.tables.MonthRegister']
          : undefined;
      draft = new MonthDraft(month, known);
      this.#months.set(key, draft);
    }
    const changed = draft;
    if (change(changed))
      this.#set(key, source, 1, () => ({ 'parity.tables.MonthRegister': changed.toRegister() }));
  }

  about(propertyId: PropertyId): AboutRegister {
    const entry = this.#entry(aboutKey(propertyId));
    return entry && 'parity.tables.AboutRegister' in entry
      ? entry['parity.tables.AboutRegister']
      : { sequence: 0, property: null, snapshots: [] };
  }

  setAbout(register: AboutRegister, source: Source): void {
    this.#set(aboutKey(source.propertyId), source, 3, () => ({
      'parity.tables.AboutRegister': register,
    }));
  }

  /**
   * What to write, in an order that is safe to break off anywhere: what closes nights before what frees them, and the floor of a snapshot
   * after all the facts that it stands on. `today` (UTC) ends registers of nights long past.
   */
  outputs(today: PlainDate): Output[] {
    const ordered = [...this.#changes.values()].sort((a, b) => a.stage - b.stage);
    return ordered.flatMap((change) => {
      const value: PropertyCalendarEntry = {
        tenant_id: change.source.tenantId,
        property_id: change.source.propertyId,
        entry: change.entry(),
      };
      if (!isExpired(value, today)) return [output(change, value)];
      const stored = this.#tables.get('property.calendar', change.key) !== undefined;
      return stored ? [output(change, null)] : [];
    });
  }

  #entry(key: string): PropertyCalendarEntry['entry'] | undefined {
    return this.#changes.get(key)?.entry() ?? this.#tables.get('property.calendar', key)?.entry;
  }

  #set(
    key: string,
    source: Source,
    stage: WriteStage,
    entry: () => PropertyCalendarEntry['entry'],
  ): void {
    this.#owners.set(source.propertyId, source.tenantId);
    const earlier = this.#changes.get(key);
    this.#changes.set(key, { key, stage, entry, source: earlier?.source ?? source });
  }
}

function output(
  { key, source }: Change,
  value: PropertyCalendarEntry | null,
): OutputOf<'property.calendar'> {
  return {
    topic: 'property.calendar',
    key,
    value,
    tenantId: source.tenantId,
    originTs: source.originTs,
    traceparent: source.traceparent,
  };
}
