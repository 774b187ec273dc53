import { isDeepStrictEqual } from 'node:util';
import { MONTH_OF_ABOUT } from '../../../schemas/domain/page.ts';
import type {
  Connection,
  DesiredColumn,
  DesiredPage,
  PropertyUpdated,
  RatePlan,
} from '../../../schemas/generated/types.ts';
import type { ChannelCapabilities, Outbound } from '../capabilities.ts';
import { outboundOf, ratePlansOf } from '../capabilities.ts';
import type { MonthFacts } from '../month-facts.ts';
import { adjustedPrice } from './price.ts';
import type { RestrictionField } from './restrictions.ts';
import { isRestriction, restrictionValue } from './restrictions.ts';

/** What of a property shows on every page. */
export interface PropertyTerms {
  readonly timeZone: string;
  readonly currency: string;
  /** As the PMS described it last. */
  readonly property: PropertyUpdated;
}

type Values = readonly (number | null)[];

/**
 * What a connection's channel should show in a month.
 *
 * A night is closed (0) while something covers it; open (1) when a snapshot covers it, nothing closes it and, where we send prices, every
 * rate plan has one; covered without a price it is closed; else it is unknown (null). What direction and flags hold back is unknown too.
 */
export function desiredPage(
  connection: Connection,
  capabilities: ChannelCapabilities,
  terms: PropertyTerms,
  facts: MonthFacts,
): DesiredPage {
  const outbound = outboundOf(connection, capabilities);
  const plans = ratePlansOf(connection, capabilities).map((plan) => ({
    plan,
    prices: pricesOf(connection, plan, capabilities, terms, facts, outbound),
  }));
  const columns: DesiredColumn[] = [];
  if (capabilities.fields.includes('availability')) {
    const values = availability(outbound, plans, facts);
    columns.push({ field: 'availability', rate_plan_id: null, values });
  }
  for (const { plan, prices } of plans)
    for (const field of capabilities.fields) {
      if (field === 'availability') continue;
      const values = isRestriction(field)
        ? restrictions(field, capabilities, facts, outbound)
        : prices;
      columns.push({ field, rate_plan_id: plan.rate_plan_id, values });
    }
  return {
    ...pageOf(connection, terms),
    month: facts.month,
    released: facts.released.get(connection.connection_id) ?? facts.covered.map(() => 0),
    implied_at: impliedAt(connection, facts, outbound),
    columns,
    guests: capabilities.pricesNameGuests ? terms.property.max_guests : 0,
  };
}

/** What a connection's channel should know of the property besides its calendar; null: it takes nothing of the kind from us. */
export function contentPage(
  connection: Connection,
  capabilities: ChannelCapabilities,
  terms: PropertyTerms,
): DesiredPage | null {
  if (!outboundOf(connection, capabilities).content) return null;
  const { property } = terms;
  const rate_plans = connection.rate_plans.map(({ rate_plan_id }) => rate_plan_id);
  return {
    ...pageOf(connection, terms),
    month: MONTH_OF_ABOUT,
    released: [],
    implied_at: [],
    columns: [],
    content: { property, rate_plans },
  };
}

function pageOf(connection: Connection, terms: PropertyTerms) {
  return {
    connection_id: connection.connection_id,
    tenant_id: connection.tenant_id,
    property_id: connection.property_id,
    incarnation: connection.incarnation,
    time_zone: terms.timeZone,
    currency: terms.currency,
    guests: 0,
    content: null,
  };
}

/** Whether the connection's prices are in the property's currency; no price leaves in another, nothing is converted. */
export function sameCurrency(connection: Connection, currency: string): boolean {
  return connection.currency === null || connection.currency === currency;
}

function availability(
  outbound: Outbound,
  plans: readonly { readonly prices: Values }[],
  facts: MonthFacts,
): Values {
  return facts.closed.map((closed, day) => {
    if (!outbound.availability) return null;
    if (closed) return 0;
    if (!facts.covered[day]) return null;
    if (!outbound.price) return 1;
    // A room without any rate plan has no price either.
    return plans.length > 0 && plans.every(({ prices }) => (prices[day] ?? null) !== null) ? 1 : 0;
  });
}

function pricesOf(
  connection: Connection,
  plan: RatePlan,
  capabilities: ChannelCapabilities,
  terms: PropertyTerms,
  facts: MonthFacts,
  outbound: Outbound,
): Values {
  if (!outbound.price || !sameCurrency(connection, terms.currency))
    return facts.prices.map(() => null);
  const step = capabilities.priceStep(terms.currency);
  let last: { amount: number; price: number | null } | undefined;
  return facts.prices.map((amount, day) => {
    if (amount === null || !facts.covered[day]) return null;
    if (last?.amount !== amount)
      last = { amount, price: adjustedPrice(amount, terms.currency, plan.adjustment, step) };
    return last.price;
  });
}

function restrictions(
  field: RestrictionField,
  { fields, longestStayNights }: ChannelCapabilities,
  facts: MonthFacts,
  outbound: Outbound,
): Values {
  return facts.restrictions.map((set, day) => {
    if (!outbound.availability || !facts.covered[day]) return null;
    return set === null ? 0 : restrictionValue(field, set, fields, longestStayNights);
  });
}

/** Nights that the channel closed itself, for a booking of this connection that alone closes them. */
function impliedAt(connection: Connection, facts: MonthFacts, outbound: Outbound): Values {
  return facts.owners.map((owner, day) =>
    outbound.availability && owner === connection.connection_id
      ? (facts.revisedAt[day] ?? null)
      : null,
  );
}

/** Whether two pages say the same. */
export function samePage(a: DesiredPage, b: DesiredPage): boolean {
  return (
    a.connection_id === b.connection_id &&
    a.tenant_id === b.tenant_id &&
    a.property_id === b.property_id &&
    a.month === b.month &&
    a.incarnation === b.incarnation &&
    a.time_zone === b.time_zone &&
    a.currency === b.currency &&
    a.guests === b.guests &&
    isDeepStrictEqual(a.content, b.content) &&
    sameValues(a.released, b.released) &&
    sameValues(a.implied_at, b.implied_at) &&
    a.columns.length === b.columns.length &&
    a.columns.every((column, at) => {
      const other = b.columns[at];
      return (
        other !== undefined &&
        column.field === other.field &&
        column.rate_plan_id === other.rate_plan_id &&
        sameValues(column.values, other.values)
      );
    })
  );
}

function sameValues(a: Values, b: Values): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
