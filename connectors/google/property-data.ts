import { ParityError } from '../../schemas/errors.ts';
import { outcomeOfStatus, shorten } from '../answers/http-outcome.ts';
import type { ChannelRequest, ChannelResponse, Outcome } from '../contract.ts';
import { xml } from '../notation/xml.ts';
import { MAX_GUESTS } from './manifest.ts';
import { readReply } from './reply.ts';
import { transactionRequest } from './wire.ts';

/** Rooms, and packages, of one property. Source: Google's guide to property data. */
const MAX_ENTRIES = 3_000;

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
  /** Whole days before arrival up to which a cancellation costs nothing; null: it always costs; undefined: not said. */
  readonly freeCancellationDays: number | null | undefined;
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
  const sets = properties.map((property) => propertyDataSet(property, action));
  if (sets.length === 0) throw invalid('a property data message names a property');
  return transactionRequest(sets.join(''), now);
}

/** The part of one property. @throws as `propertyData` */
export function propertyDataSet(property: PropertyContent, action: 'overlay' | 'delta'): string {
  return xml('PropertyDataSet', { action }, [
    xml('Property', {}, property.propertyId),
    roomData(property),
    ...property.packages.map((one) => packageData(one, property.guests)),
  ]);
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
    ...(freeCancellationDays === undefined ? [] : [refundable(freeCancellationDays)]),
    xml('Occupancy', {}, guests(content.guests ?? capacity)),
  ]);
}

function refundable(freeDays: number | null): string {
  return xml('Refundable', {
    available: freeDays === null ? '0' : '1',
    refundable_until_days: freeDays === null ? undefined : String(freeDays),
  });
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

/** What the answer means: issues of status `error` and `failure` refuse the message, whatever else it says; warnings stand in the log alone. */
export function interpretPropertyData(response: ChannelResponse): Outcome {
  const reply = readReply(response);
  const issues = reply?.kind === 'transaction' ? reply.issues : [];
  const message = shorten(
    issues.map(({ code, status, text }) => `${status} ${code} ${text}`).join(' | '),
  );
  const byStatus = outcomeOfStatus(response, message);
  if (byStatus) return byStatus;
  if (issues.some(({ status }) => status !== 'warning') || response.status >= 300) {
    return {
      kind: 'refused',
      refused: [],
      code: 'CHANNEL_VALUE_REFUSED',
      message: message || `HTTP ${response.status} without a readable reason`,
    };
  }
  if (reply?.kind !== 'transaction' || !reply.success) {
    return {
      kind: 'unknown',
      code: 'CHANNEL_RESPONSE_MALFORMED',
      message: 'the answer is no reply to a Transaction',
    };
  }
  return { kind: 'applied' };
}
