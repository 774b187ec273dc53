import type { ErrorCode } from '../../schemas/errors.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { ChannelRequest, ChannelResponse } from '../contract.ts';
import { outcomeOfStatus, shorten } from '../http-outcome.ts';
import { xml } from '../xml.ts';
import { type Issue, readReply } from './reply.ts';
import { transactionRequest } from './wire.ts';

/** Rooms, and packages, of one property. Source: Google's guide to property data. */
const MAX_ENTRIES = 3_000;
/** Largest `Capacity` and `Occupancy`. Source: feed status error 1012. */
const MAX_GUESTS = 20;

/** A text in one language (BCP 47: `en`, `de`). Google asks for English and, where it differs, the language of the place. */
export interface LocalizedText {
  readonly language: string;
  readonly text: string;
}

/** What Google must know of a property before it takes prices: one room and its packages. */
export interface PropertyContent {
  /** Id in the hotel list feed: our `listing`. Never used again for another property. */
  readonly propertyId: string;
  /** `Connection.room_id`; null: a vacation rental, whose room has the id of the property. */
  readonly roomId: string | null;
  readonly name: readonly LocalizedText[];
  readonly description: readonly LocalizedText[];
  /** Guests that the unit sleeps, 1 to 20. */
  readonly guests: number;
  readonly packages: readonly PackageContent[];
}

export interface PackageContent {
  /** `rate_plan_id` of the connection. */
  readonly ratePlanId: string;
  readonly name: readonly LocalizedText[];
  readonly description: readonly LocalizedText[];
  /** Guests that the package is meant for; null: as many as the room sleeps. */
  readonly guests: number | null;
  /** Whole days before arrival up to which a cancellation costs nothing; null: it always costs. */
  readonly freeCancellationDays: number | null;
}

/**
 * `Transaction > PropertyDataSet`: rooms and packages of properties. `overlay` replaces all of each property, what is not named goes; `delta`
 * adds and changes. Nothing of a property is taken before its room and packages are known. Source: developers.google.com/hotels, XML
 * reference "Transaction (Property Data)".
 * @param now time of creation, ms since the epoch
 * @throws ParityError EVENT_VALUE_INVALID for numbers and lists out of Google's range
 */
export function propertyData(
  properties: readonly PropertyContent[],
  action: 'overlay' | 'delta',
  now: number,
): ChannelRequest {
  const sets = properties.map((property) =>
    xml('PropertyDataSet', { action }, [
      xml('Property', {}, property.propertyId),
      roomData(property),
      ...property.packages.map((one) => packageData(one, property.guests)),
    ]),
  );
  if (sets.length === 0) throw invalid('a property data message names a property');
  return transactionRequest(sets.join(''), now);
}

function roomData(property: PropertyContent): string {
  const { packages, name, description } = property;
  if (packages.length === 0) throw invalid('a room is sold in a package');
  if (packages.length > MAX_ENTRIES)
    throw invalid(`a property has at most ${MAX_ENTRIES} packages`);
  return xml('RoomData', {}, [
    xml('RoomID', {}, property.roomId ?? property.propertyId),
    xml('Name', {}, texts(name)),
    ...(description.length === 0 ? [] : [xml('Description', {}, texts(description))]),
    xml('Capacity', {}, guests(property.guests)),
  ]);
}

function packageData(content: PackageContent, capacity: number): string {
  const { description, freeCancellationDays } = content;
  return xml('PackageData', {}, [
    xml('PackageID', {}, content.ratePlanId),
    xml('Name', {}, texts(content.name)),
    ...(description.length === 0 ? [] : [xml('Description', {}, texts(description))]),
    xml('Refundable', {
      available: freeCancellationDays === null ? '0' : '1',
      refundable_until_days:
        freeCancellationDays === null ? undefined : String(freeCancellationDays),
    }),
    xml('Occupancy', {}, guests(content.guests ?? capacity)),
  ]);
}

function texts(all: readonly LocalizedText[]): string[] {
  if (all.length === 0) throw invalid('rooms and packages have a name');
  return all.map(({ text, language }) => xml('Text', { text, language }));
}

function guests(count: number): string {
  if (!Number.isInteger(count) || count < 1 || count > MAX_GUESTS)
    throw invalid(`the number of guests is 1 to ${MAX_GUESTS}`);
  return String(count);
}

function invalid(what: string): ParityError {
  return new ParityError('EVENT_VALUE_INVALID', what);
}

export type PropertyDataOutcome =
  /** Stored; `warnings` are for the owner. */
  | { readonly kind: 'accepted'; readonly warnings: readonly Issue[] }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly issues: readonly Issue[];
    }
  | { readonly kind: 'rate_limited'; readonly retryAfterMs: number | null }
  /** 5xx or unreadable: repeat it, it is absolute. */
  | { readonly kind: 'unknown'; readonly code: ErrorCode; readonly message: string };

/** Reads the answer: issues of status `error` and `failure` refuse it, whatever else it says. */
export function parsePropertyDataReply(response: ChannelResponse): PropertyDataOutcome {
  const reply = readReply(response);
  const issues = reply?.kind === 'transaction' ? reply.issues : [];
  const message = shorten(
    issues.map(({ code, status, text }) => `${status} ${code} ${text}`).join(' | '),
  );
  const byStatus = outcomeOfStatus(response, message);
  if (byStatus?.kind === 'rate_limited' || byStatus?.kind === 'unknown') return byStatus;
  if (byStatus?.kind === 'connection_fault')
    return { kind: 'refused', code: byStatus.code, message: byStatus.message, issues };
  if (byStatus)
    return { kind: 'refused', code: 'CHANNEL_UNAUTHORIZED', message: 'HTTP 401', issues };
  if (issues.some(({ status }) => status !== 'warning') || response.status >= 300) {
    return {
      kind: 'refused',
      code: 'CHANNEL_VALUE_REFUSED',
      message: message || `HTTP ${response.status} without a readable reason`,
      issues,
    };
  }
  if (reply?.kind !== 'transaction' || !reply.success) {
    return {
      kind: 'unknown',
      code: 'CHANNEL_RESPONSE_MALFORMED',
      message: 'the answer is no reply to a Transaction',
    };
  }
  return { kind: 'accepted', warnings: issues };
}
