import type { Connection, DesiredPage } from '../../../schemas/generated/types.ts';
import type { Finding } from '../../alert.ts';
import type { ChannelCapabilities } from '../capabilities.ts';
import { outboundOf, ratePlansOf } from '../capabilities.ts';
import type { MonthFacts } from '../month-facts.ts';
import { sameCurrency } from './desired-page.ts';
import { inexpressible, RESTRICTION_FIELDS } from './restrictions.ts';

/** What the owner must know of a page: what stays closed, and what the channel cannot say. */
export function findingsOf(
  connection: Connection,
  capabilities: ChannelCapabilities,
  facts: MonthFacts,
  page: DesiredPage,
): Finding[] {
  const outbound = outboundOf(connection, capabilities);
  const findings: Finding[] = [];
  if (outbound.price) {
    if (facts.foreignPrice) findings.push(foreignPrice(connection, facts.foreignPrice, page));
    if (sameCurrency(connection, page.currency))
      findings.push(...vanishedPrices(connection, capabilities, facts, page));
    else findings.push(foreignListing(connection, page));
    findings.push(...lostRatePlans(connection, capabilities));
  }
  if (outbound.availability) findings.push(...lostRestrictions(connection, capabilities, facts));
  return findings;
}

/** A connection of a channel that this build cannot speak with: it has no pages, so nothing of it opens. */
export function unknownChannel(connection: Connection): Finding {
  return {
    ...about(connection),
    code: 'CONNECTION_UNSUPPORTED',
    severity: 'warning',
    message: `This build has no connector for the channel "${connection.channel}".`,
    identity: `channel ${connection.channel}`,
    context: { channel: connection.channel },
  };
}

/** A connection that names a property of another tenant: it gets nothing of it. */
export function foreignTenant(connection: Connection): Finding {
  return {
    ...about(connection),
    code: 'EVENT_TENANT_MISMATCH',
    severity: 'critical',
    message: 'The connection names a property of another tenant; it shows nothing of it.',
    identity: `connection ${connection.row_version}`,
    context: { row_version: connection.row_version },
  };
}

function foreignPrice(
  connection: Connection,
  { sequence, currency }: NonNullable<MonthFacts['foreignPrice']>,
  page: DesiredPage,
): Finding {
  return {
    ...about(connection),
    connectionId: null,
    code: 'PRICE_CURRENCY_MISMATCH',
    severity: 'warning',
    message: `Prices in ${currency} of a property in ${page.currency}: the nights stay closed.`,
    identity: `prices ${sequence}`,
    context: { month: page.month, currency, expected: page.currency },
  };
}

function foreignListing(connection: Connection, page: DesiredPage): Finding {
  return {
    ...about(connection),
    code: 'PRICE_CURRENCY_MISMATCH',
    severity: 'critical',
    message: `The listing is priced in ${connection.currency}, the property in ${page.currency}. Nothing is converted: the nights stay closed.`,
    identity: `listing ${connection.incarnation} ${connection.currency} ${page.currency}`,
    context: { currency: connection.currency, expected: page.currency },
  };
}

/** Prices that an adjustment has eaten up. */
function vanishedPrices(
  connection: Connection,
  capabilities: ChannelCapabilities,
  facts: MonthFacts,
  page: DesiredPage,
): Finding[] {
  return ratePlansOf(connection, capabilities).flatMap(({ rate_plan_id, adjustment }) => {
    const column = page.columns.find(
      (one) => one.field === 'price' && one.rate_plan_id === rate_plan_id,
    );
    const day = facts.prices.findIndex(
      (amount, at) => amount !== null && facts.covered[at] && column?.values[at] === null,
    );
    if (day < 0) return [];
    const amount = facts.prices[day];
    return [
      {
        ...about(connection),
        code: 'PRICE_OUT_OF_BOUNDS',
        severity: 'warning',
        message: 'The price adjustment leaves nothing of a price; the nights stay closed.',
        identity: `adjustment ${rate_plan_id} ${adjustment?.kind} ${adjustment?.hundredths}`,
        context: { rate_plan_id, amount, month: page.month },
      },
    ];
  });
}

/** Rate plans of a connection to a channel that sells a listing at one price. */
function lostRatePlans(connection: Connection, capabilities: ChannelCapabilities): Finding[] {
  const sold = ratePlansOf(connection, capabilities);
  const lost = ratePlansOf(connection, { ratePlans: 'all' }).slice(sold.length);
  return lost.map(({ rate_plan_id }) => ({
    ...about(connection),
    code: 'MAPPING_UNSUPPORTED',
    severity: 'info',
    message: `The channel sells the listing at one price, that of ${sold[0]?.rate_plan_id}; rate plan ${rate_plan_id} is not shown there.`,
    identity: `rate plan ${rate_plan_id} ${connection.incarnation}`,
    context: { rate_plan_id },
  }));
}

function lostRestrictions(
  connection: Connection,
  { fields, longestStayNights: longest }: ChannelCapabilities,
  facts: MonthFacts,
): Finding[] {
  if (longest === undefined && RESTRICTION_FIELDS.every((field) => fields.includes(field)))
    return [];
  const lost = new Set(
    facts.restrictions.flatMap((set, day) =>
      set !== null && facts.covered[day] ? inexpressible(set, fields, longest) : [],
    ),
  );
  return [...lost].map((field) => ({
    ...about(connection),
    code: 'MAPPING_UNSUPPORTED',
    severity: 'info',
    message: fields.includes(field)
      ? `The channel sells no stay of more than ${longest} nights; a longer ${field} is shown as that${field === 'max_stay' ? '' : ', and as closed to arrival'}.`
      : `The channel has no ${field}; the nearest value that it has is shown.`,
    identity: `field ${field} ${connection.incarnation}`,
    context: { field, month: facts.month },
  }));
}

function about({
  tenant_id,
  property_id,
  connection_id,
}: Connection): Pick<Finding, 'tenantId' | 'propertyId' | 'connectionId'> {
  return { tenantId: tenant_id, propertyId: property_id, connectionId: connection_id };
}
