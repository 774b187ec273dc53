import { toDecimal } from '../../schemas/domain/money.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change, PlanContext } from '../contract.ts';
import { xml } from '../notation/xml.ts';
import { byNight, type Run, runsOf } from '../planning/ranges.ts';
import { guestsAtGoogle, NO_MAX_NIGHTS, NO_MIN_NIGHTS } from './manifest.ts';

/** A finished part of a message, and the changes that it carries. */
export interface Element {
  readonly xml: string;
  readonly changes: readonly Change[];
}

/** Guests of a price where nobody has said how many: as many as Google asks for when its user names no number. */
const USUAL_GUESTS = 2;
/** OTA CountType: definitive availability, the number that can be sold. */
const DEFINITIVE_AVAILABILITY = '2';

type Restriction = Exclude<FieldName, 'availability' | 'price'>;

/** In the order in which they are written. */
const RESTRICTIONS: readonly Restriction[] = [
  'closed_to_arrival',
  'closed_to_departure',
  'min_stay_arrival',
  'min_stay_through',
  'max_stay',
];

/** Units left, of the room without a package: `OTA_HotelInvCountNotifRQ`, which replaces the count of each date that it names. */
export function inventories(room: string, changes: readonly Change[]): Element[] {
  return runsOf(byNight(changes)).map((run) => ({
    xml: xml('Inventory', {}, [
      dates(run, room),
      xml('InvCounts', {}, [
        xml('InvCount', { Count: String(sharedValue(run)), CountType: DEFINITIVE_AVAILABILITY }),
      ]),
    ]),
    changes: changesOf(run),
  }));
}

/**
 * Prices per package, for as many guests as the property sleeps: it has one price for all of them. `AmountAfterTax` is what the guest pays, so no
 * TaxFeeInfo is needed; decimals as the currency has them.
 */
export function rateAmounts(
  room: string,
  changes: readonly Change[],
  { currency, guests }: Pick<PlanContext, 'currency' | 'guests'>,
): Element[] {
  return byRatePlan(changes).flatMap(([ratePlan, own]) =>
    byGuests(own, guests).flatMap(([count, alike]) =>
      runsOf(byNight(alike)).map((run) => ({
        xml: xml('RateAmountMessage', {}, [
          dates(run, room, ratePlan),
          xml('Rates', {}, [
            xml('Rate', {}, [
              xml('BaseByGuestAmts', {}, [
                xml('BaseByGuestAmt', {
                  AmountAfterTax: toDecimal({ amount: sharedValue(run), currency }),
                  CurrencyCode: currency,
                  NumberOfGuests: String(count),
                }),
              ]),
            ]),
          ]),
        ]),
        changes: changesOf(run),
      })),
    ),
  );
}

/** While the number of guests is being changed, nights can be of either. */
function byGuests(
  changes: readonly Change[],
  guests: PlanContext['guests'],
): (readonly [number, readonly Change[]])[] {
  const counts = new Map<number, Change[]>();
  for (const change of changes) {
    const count = guestsAtGoogle(guests(change.night) || USUAL_GUESTS);
    const alike = counts.get(count);
    if (alike) alike.push(change);
    else counts.set(count, [change]);
  }
  return [...counts];
}

/**
 * Restrictions per package, one kind in an `AvailStatusMessage`, as in Google's examples. Every night of a package starts closed there
 * (`Master`), and we hold nights shut by their count alone, so the master is opened where a night is first described: beside
 * `closed_to_arrival`, which mapping states for every covered night and which an opening waits for. It shows nothing by itself: the count
 * decides.
 */
export function restrictions(room: string, changes: readonly Change[]): Element[] {
  return byRatePlan(changes).flatMap(([ratePlan, own]) =>
    RESTRICTIONS.flatMap((field) => {
      const nights = byNight(own.filter((change) => change.field === field));
      const elements = runsOf(nights).map((run) => ({
        xml: xml('AvailStatusMessage', {}, [
          dates(run, room, ratePlan),
          rule(field, sharedValue(run)),
        ]),
        changes: changesOf(run),
      }));
      return field === 'closed_to_arrival'
        ? [...masterOpen(room, ratePlan, nights), ...elements]
        : elements;
    }),
  );
}

function masterOpen(
  room: string,
  ratePlan: string,
  nights: readonly { readonly night: Run['first'] }[],
): Element[] {
  const runs = runsOf(nights.map(({ night }) => ({ night, changes: [] })));
  return runs.map((run) => ({
    xml: xml('AvailStatusMessage', {}, [
      dates(run, room, ratePlan),
      xml('RestrictionStatus', { Status: 'Open', Restriction: 'Master' }),
    ]),
    changes: [],
  }));
}

function rule(field: Restriction, value: number): string {
  switch (field) {
    case 'closed_to_arrival':
      return status('Arrival', value);
    case 'closed_to_departure':
      return status('Departure', value);
    case 'min_stay_arrival':
      return lengthOfStay('SetMinLOS', Math.max(NO_MIN_NIGHTS, value));
    case 'min_stay_through':
      return lengthOfStay('SetForwardMinStay', Math.max(NO_MIN_NIGHTS, value));
    case 'max_stay':
      return lengthOfStay(
        'SetMaxLOS',
        value === 0 ? NO_MAX_NIGHTS : Math.min(NO_MAX_NIGHTS, value),
      );
  }
}

function status(restriction: 'Arrival' | 'Departure', closed: number): string {
  return xml('RestrictionStatus', {
    Status: closed > 0 ? 'Close' : 'Open',
    Restriction: restriction,
  });
}

function lengthOfStay(type: string, nights: number): string {
  return xml('LengthsOfStay', {}, [
    xml('LengthOfStay', { Time: String(nights), TimeUnit: 'Day', MinMaxMessageType: type }),
  ]);
}

/** `Start` and `End` are both inside. */
function dates(run: Run, room: string, ratePlan?: string): string {
  return xml('StatusApplicationControl', {
    Start: run.first,
    End: run.last,
    InvTypeCode: room,
    RatePlanCode: ratePlan,
  });
}

function byRatePlan(changes: readonly Change[]): (readonly [string, readonly Change[]])[] {
  const plans = new Map<string, Change[]>();
  for (const change of changes) {
    if (change.ratePlanId === null) continue;
    const own = plans.get(change.ratePlanId);
    if (own) own.push(change);
    else plans.set(change.ratePlanId, [change]);
  }
  return [...plans].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The one value that all changes of a run set. */
function sharedValue(run: Run): number {
  const value = run.nights[0]?.changes[0]?.value;
  if (value === undefined) throw new RangeError('a run of nights has a value');
  return value;
}

function changesOf(run: Run): Change[] {
  return run.nights.flatMap(({ changes }) => changes);
}
