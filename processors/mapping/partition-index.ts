import type { TableView } from '../../runtime/stage.ts';
import type { ConnectionId, PropertyId } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { dateIn, nextMidnight } from '../../schemas/domain/plain-date.ts';
import { PropertyIndex } from './property-index.ts';

interface ZoneDay {
  readonly since: number;
  readonly until: number;
  readonly date: PlainDate;
}

/** Which connections a property has, and what is remembered of properties with connections. Made anew at every restore. */
export class PartitionIndex {
  /** Ids of the alerts raised since the restore. */
  readonly raised = new Set<string>();
  readonly #connections = new Map<PropertyId, Set<ConnectionId>>();
  readonly #propertyOf = new Map<ConnectionId, PropertyId>();
  readonly #properties = new Map<PropertyId, PropertyIndex>();
  readonly #days = new Map<string, ZoneDay>();

  /** Notes where a connection belongs, or that it is gone. */
  place(connectionId: ConnectionId, tables: TableView): PropertyId | undefined {
    const propertyId = tables.get('channel.connections', connectionId)?.property_id;
    const before = this.#propertyOf.get(connectionId);
    if (before !== undefined && before !== propertyId) this.#remove(connectionId, before);
    if (propertyId === undefined) return undefined;
    this.#propertyOf.set(connectionId, propertyId);
    const siblings = this.#connections.get(propertyId) ?? new Set();
    this.#connections.set(propertyId, siblings.add(connectionId));
    return propertyId;
  }

  connectionsOf(propertyId: PropertyId): ReadonlySet<ConnectionId> {
    return this.#connections.get(propertyId) ?? NO_CONNECTIONS;
  }

  /** All properties that have connections. */
  properties(): Iterable<PropertyId> {
    return this.#connections.keys();
  }

  property(propertyId: PropertyId): PropertyIndex {
    let index = this.#properties.get(propertyId);
    if (!index) {
      index = new PropertyIndex(propertyId);
      this.#properties.set(propertyId, index);
    }
    return index;
  }

  /** The date in a time zone at `now`, and the instant at which the next one begins. */
  day(timeZone: string, now: number): ZoneDay {
    const known = this.#days.get(timeZone);
    if (known && known.since <= now && now < known.until) return known;
    const day = {
      since: now,
      until: nextMidnight(timeZone, now),
      date: dateIn(timeZone, now),
    };
    this.#days.set(timeZone, day);
    return day;
  }

  #remove(connectionId: ConnectionId, propertyId: PropertyId): void {
    this.#propertyOf.delete(connectionId);
    const siblings = this.#connections.get(propertyId);
    siblings?.delete(connectionId);
    if (siblings?.size !== 0) return;
    this.#connections.delete(propertyId);
    this.#properties.delete(propertyId);
  }
}

const NO_CONNECTIONS: ReadonlySet<ConnectionId> = new Set();
