import { decimalOf, type Night, nightsBetween, plusDays, readDate } from '../dates.ts';
import type { FieldGroup } from '../faults.ts';
import type { Work } from '../gateway.ts';
import { jsonAnswer, type SimRequest, type SimResponse } from '../http.ts';
import type { Exchange } from '../ledger.ts';
import * as answers from './answers.ts';
import {
  type CalendarOperation,
  type NightValues,
  type Problem,
  readOperations,
} from './calendar-operations.ts';
import { idOf, readObject } from './json.ts';
import type { Listing } from './listing.ts';
import type { AirbnbPlatform } from './platform.ts';
import { type AirbnbReservation, reservationBody } from './reservation.ts';
import { OLDEST_VERSION } from './settings.ts';

const LARGEST_PAGE = 50;
const LONGEST_READ = 1_100;

interface Caller {
  readonly host: string;
  readonly version: string;
  readonly work: Work;
}

/** The calls of the partner API behind the token. */
export class AirbnbApi {
  readonly #platform: AirbnbPlatform;
  readonly #listings: ReadonlyMap<string, Listing>;

  constructor(platform: AirbnbPlatform, listings: ReadonlyMap<string, Listing>) {
    this.#platform = platform;
    this.#listings = listings;
  }

  answer(request: SimRequest, work: Work): SimResponse {
    const caller = this.#caller(request, work);
    if ('status' in caller) return caller;
    const [, , resource = '', first = '', start = '', end = ''] = request.path.split('/');
    const route = `${request.method} ${resource}`;
    if (route === 'POST calendar_operations') return this.#write(request, caller, false);
    if (route === 'POST calendar_operations_requests') return this.#write(request, caller, true);
    if (route === 'GET calendars') return this.#readCalendar(first, start, end, caller);
    if (route === 'GET reservations' && first === '')
      return this.#listReservations(request, caller);
    if (route === 'GET reservations')
      return this.#reservation(first, caller, (found) => this.#tell(found, caller));
    if (route === 'PUT reservations')
      return this.#reservation(first, caller, (found) => this.#respond(found, request, caller));
    if (route === 'GET listings') return this.#listListings(caller);
    this.#platform.violate('unknown_path', `${request.method} ${request.path}`, work.exchange);
    return answers.notFound(this.#platform.errorId());
  }

  /** Checks the three headers. Tokens that the platform ended by itself are refused without blame. */
  #caller(request: SimRequest, work: Work): Caller | SimResponse {
    const { headers } = request;
    const refuse = (
      rule: 'api_key_invalid' | 'api_version_invalid' | 'unauthorized',
      detail: string,
      answer: SimResponse,
    ) => {
      this.#platform.violate(rule, detail, work.exchange);
      return answer;
    };
    if (headers['x-airbnb-api-key'] !== this.#platform.settings.clientId) {
      return refuse('api_key_invalid', 'X-Airbnb-API-Key', answers.unauthorized());
    }
    const known = this.#platform.authorizations.hostOf(
      headers['x-airbnb-oauth-token'],
      work.exchange.at,
    );
    if ('fault' in known) {
      if (known.fault === 'revoked') return answers.unauthorized();
      return refuse('unauthorized', `token ${known.fault}`, answers.unauthorized());
    }
    const version = headers['x-airbnb-req-api-version'] ?? '';
    if (!/^\d{4}\.\d{2}\.\d{2}$/.test(version) || version < OLDEST_VERSION) {
      return refuse(
        'api_version_invalid',
        version,
        answers.badRequest('X-Airbnb-Req-Api-Version is not supported'),
      );
    }
    return { host: known.host, version, work };
  }

  /** The listing if it exists, is this host's and is linked; else the refusal. */
  #access(id: string, caller: Caller): Listing | SimResponse {
    const listing = this.#listings.get(id);
    if (!listing) {
      this.#platform.violate('record_not_found', `listing ${id}`, caller.work.exchange);
      return answers.notFound(this.#platform.errorId());
    }
    if (listing.host !== caller.host)
      this.#platform.violate('no_access', `listing ${id}`, caller.work.exchange);
    if (listing.host !== caller.host || !listing.linked)
      return answers.noAccess(this.#platform.errorId());
    return listing;
  }

  #write(request: SimRequest, caller: Caller, asynchronous: boolean): SimResponse {
    const { exchange, refusing, apply } = caller.work;
    const body = readObject(request.body);
    if (!body)
      return this.#refuse(
        [
          {
            rule: 'malformed_json',
            error_reason: 'malformed_json',
            error_message: 'No JSON object',
          },
        ],
        exchange,
      );
    const id = idOf(body.listing_id);
    if (id === null) {
      return this.#refuse(
        [
          {
            rule: 'listing_id_missing',
            error_reason: 'listing_id_missing',
            error_message: 'listing_id is missing',
          },
        ],
        exchange,
      );
    }
    const listing = this.#access(id, caller);
    if ('status' in listing) return listing;
    const { operations, problems } = readOperations(
      body.operations,
      listing,
      this.#platform.settings,
      exchange.at,
    );
    if (problems.length > 0) return this.#refuse(problems, exchange);
    const refused = refusing?.kind === 'refuse' ? this.#refusedByFault(operations, refusing) : [];
    if (refused.length > 0) return answers.validationFailed(refused);
    const store = () => {
      for (const { nights, values } of operations)
        this.#platform.writeAsPartner(listing, nights, values, exchange);
    };
    if (asynchronous) {
      if (apply) this.#platform.later(this.#platform.settings.asyncDelay, store);
      return jsonAnswer(200, { success: true });
    }
    if (apply) store();
    return jsonAnswer(200, {
      calendar_operation: { listing_id: listing.id, operations: operations.length },
    });
  }

  #refuse(problems: readonly Problem[], exchange: Exchange): SimResponse {
    for (const { rule, error_message } of problems)
      this.#platform.violate(rule, error_message, exchange);
    return answers.validationFailed(
      problems.map(({ error_message, error_reason }) => ({ error_message, error_reason })),
    );
  }

  #refusedByFault(
    operations: readonly CalendarOperation[],
    fault: { readonly nights?: readonly Night[]; readonly field?: FieldGroup },
  ): answers.ErrorDetail[] {
    const named = this.#platform.settings.culprits === 'named';
    return operations.flatMap(({ nights, values }) => {
      if (fault.field !== undefined && !groupsOf(values).includes(fault.field)) return [];
      const culprits = nights.filter((night) => fault.nights?.includes(night) ?? true);
      const reason = fault.field === 'price' ? 'daily_price_invalid' : 'not_allowed';
      return culprits.map((night) => ({
        error_message: `Value refused${named ? ` (${night})` : ''}`,
        error_reason: reason,
      }));
    });
  }

  #readCalendar(id: string, first: string, last: string, caller: Caller): SimResponse {
    const listing = this.#access(id, caller);
    if ('status' in listing) return listing;
    const [start, end] = [readDate(first), readDate(last)];
    const nights = start && end ? nightsBetween(start, plusDays(end, 1)) : [];
    if (nights.length === 0 || nights.length > LONGEST_READ) {
      this.#platform.violate('dates_invalid', `${first} to ${last}`, caller.work.exchange);
      return answers.badRequest('start and end must be dates');
    }
    return jsonAnswer(200, {
      calendar: { listing_id: listing.id, days: nights.map((night) => dayBody(listing, night)) },
    });
  }

  #listReservations(request: SimRequest, caller: Caller): SimResponse {
    const {
      listing_id: listingId,
      host_id: hostId,
      start_date: from,
      end_date: to,
      all_status: all,
    } = request.query;
    if (listingId !== undefined) {
      const listing = this.#access(listingId, caller);
      if ('status' in listing) return listing;
    } else if (hostId !== caller.host) {
      this.#platform.violate('no_access', `host ${hostId}`, caller.work.exchange);
      return answers.noAccess(this.#platform.errorId());
    }
    const limit = Math.min(
      LARGEST_PAGE,
      Math.max(1, Number(request.query._limit ?? LARGEST_PAGE) || LARGEST_PAGE),
    );
    const offset = Math.max(0, Number(request.query._cursor ?? request.query._offset ?? 0) || 0);
    const found = [...this.#platform.guests.reservations.values()].filter(
      (one) =>
        one.host === caller.host &&
        this.#listings.get(one.listing)?.linked === true &&
        (listingId === undefined || one.listing === listingId) &&
        (all === 'true' || one.status === 'accepted') &&
        (from === undefined || one.checkIn >= from) &&
        (to === undefined || one.checkIn <= to),
    );
    const page = found.slice(offset, offset + limit);
    const next = offset + limit < found.length ? offset + limit : null;
    for (const one of page) one.toldAt ??= this.#platform.now();
    return jsonAnswer(200, {
      reservations: page.map((one) => reservationBody(one, caller.version)),
      paging: {
        total_count: found.length,
        limit,
        offset,
        next_offset: next,
        next_cursor: next === null ? null : String(next),
      },
    });
  }

  #reservation(
    code: string,
    caller: Caller,
    use: (found: AirbnbReservation) => SimResponse,
  ): SimResponse {
    const found = this.#platform.guests.reservations.get(code);
    if (!found) {
      this.#platform.violate('record_not_found', `reservation ${code}`, caller.work.exchange);
      return answers.notFound(this.#platform.errorId());
    }
    const listing = this.#access(found.listing, caller);
    return 'status' in listing ? listing : use(found);
  }

  #tell(found: AirbnbReservation, caller: Caller): SimResponse {
    found.toldAt ??= this.#platform.now();
    return jsonAnswer(200, { reservation: reservationBody(found, caller.version) });
  }

  #respond(found: AirbnbReservation, request: SimRequest, caller: Caller): SimResponse {
    const action = readObject(request.body)?.attempt_action;
    if (action !== 'accept' && action !== 'deny')
      return answers.badRequest('attempt_action must be accept or deny');
    if (caller.work.apply && !this.#platform.guests.respond(found, action)) {
      return answers.badRequest('The reservation does not wait for an answer');
    }
    return this.#tell(found, caller);
  }

  #listListings(caller: Caller): SimResponse {
    const listings = [...this.#listings.values()]
      .filter(({ host, linked }) => host === caller.host && linked)
      .map(({ id, name, currency, host }) => ({
        id: Number(id),
        id_str: id,
        name,
        listing_currency: currency,
        user_id: Number(host),
        available_units: 1,
      }));
    return jsonAnswer(200, {
      listings,
      paging: { total_count: listings.length, next_cursor: null },
    });
  }
}

/** The listing that a call names in path, query or body, or through a reservation; null: none. */
export function listingOf(
  request: SimRequest,
  reservations: ReadonlyMap<string, AirbnbReservation>,
): string | null {
  const [, , resource, first] = request.path.split('/');
  if (resource === 'calendars') return first ?? null;
  if (resource === 'reservations' && first) return reservations.get(first)?.listing ?? null;
  if (request.query.listing_id !== undefined) return request.query.listing_id;
  return request.body === '' ? null : idOf(readObject(request.body)?.listing_id);
}

function dayBody(listing: Listing, night: Night): Record<string, unknown> {
  const { closed, sellable, bookings } = listing.view(night);
  const held = listing.at(night);
  return {
    date: night,
    available: sellable,
    availability: sellable ? 'available' : 'unavailable',
    busy_subtype: closed ? held.busySubtype : null,
    daily_price: Number(decimalOf(held.price, listing.currency)),
    min_nights: held.minNights,
    max_nights: held.maxNights,
    closed_to_arrival: held.closedToArrival,
    closed_to_departure: held.closedToDeparture,
    reservation: bookings[0] === undefined ? null : { confirmation_code: bookings[0] },
    notes: held.notes,
  };
}

function groupsOf(values: NightValues): FieldGroup[] {
  const groups = new Set<FieldGroup>();
  for (const field of Object.keys(values)) {
    if (field === 'available' || field === 'busySubtype') groups.add('availability');
    else if (field === 'price') groups.add('price');
    else groups.add('restrictions');
  }
  return [...groups];
}
