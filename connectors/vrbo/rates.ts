import { toDecimal } from '../../schemas/domain/money.ts';
import { addDays, daysBetween, nightsOf, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { Observation } from '../contract.ts';
import type { DocumentView } from '../documents.ts';
import { parseAmount } from '../notation/amounts.ts';
import { child, childrenOf, descendants, path, xml } from '../notation/xml.ts';
import { RANGE_DAYS_MAX } from './manifest.ts';
import { type RateTerms, rateTerms, termsIn } from './terms.ts';
import { dateOf, document, leaf, malformed, readUnitDocument, unitIds } from './wire.ts';

const NAME = 'rates';
const ROOT = 'lodgingRateContent';
/** Elements of the standard rates, in the order of the schema around `nightlyOverrides`. */
const BEFORE = ['fri', 'mon'] as const;
const AFTER = ['sat', 'sun', 'thu', 'tue', 'wed'] as const;

/** Consecutive nights of one price. `last` inclusive. */
interface Span {
  readonly first: PlainDate;
  readonly last: PlainDate;
  readonly amount: number;
}

/**
 * Nightly rates as overrides of ranges. The standard rate of each weekday must be there and above zero; no night of ours is sold at it, so it is
 * the highest price: a mistake then costs the guest and not the owner. Null: no night has a price, and rates without any are refused.
 */
export function ratesDocument(connection: Connection, view: DocumentView): string | null {
  const plan = connection.rate_plans[0]?.rate_plan_id ?? null;
  const spans = plan === null ? [] : spansOf(view, plan);
  if (plan === null || spans.length === 0) return null;
  const decimal = (amount: number) => toDecimal({ amount, currency: view.currency });
  const standard = decimal(Math.max(...spans.map(({ amount }) => amount)));
  const overrides = spans.map(({ first, last, amount }) =>
    xml('override', {}, [
      leaf('amount', decimal(amount)),
      xml('nights', {}, [xml('range', {}, [leaf('max', last), leaf('min', first)])]),
    ]),
  );
  const rates = xml('nightlyRates', {}, [
    ...BEFORE.map((day) => leaf(day, standard)),
    xml('nightlyOverrides', {}, overrides),
    ...AFTER.map((day) => leaf(day, standard)),
  ]);
  const { fees, taxRules } = termsOf(connection, view);
  const rate = xml('lodgingRate', {}, [
    leaf('currency', view.currency),
    leaf('externalId', plan),
    fees,
    rates,
    taxRules,
  ]);
  return document(xml(ROOT, {}, [...unitIds(connection), rate]));
}

function termsOf(connection: Connection, view: DocumentView): RateTerms {
  if (view.terms) return rateTerms(view.terms);
  const last = view.last(NAME);
  const isOurs = last !== null && readUnitDocument(connection, last, ROOT) !== null;
  return isOurs ? termsIn(last) : { fees: '', taxRules: '' };
}

function spansOf(view: DocumentView, plan: string): Span[] {
  const spans: Span[] = [];
  for (const night of nightsOf({ start: view.today, end: addDays(view.today, view.days) })) {
    const amount = view.value(night, 'price', plan);
    if (amount === null) continue;
    const open = spans.at(-1);
    if (open && open.amount === amount && addDays(open.last, 1) === night)
      spans[spans.length - 1] = { ...open, last: night };
    else spans.push({ first: night, last: night, amount });
  }
  return spans;
}

/**
 * The prices that overrides name; a later one wins.
 * @param wanted currency; prices in another are left out
 * @throws ParityError CHANNEL_RESPONSE_MALFORMED
 */
export function readRates(connection: Connection, body: string, wanted?: string): Observation[] {
  const root = readUnitDocument(connection, body, ROOT);
  const ratePlanId = connection.rate_plans[0]?.rate_plan_id ?? null;
  const rate = child(root ?? undefined, 'lodgingRate');
  if (!rate || ratePlanId === null) return [];
  const currency = child(rate, 'currency')?.text ?? '';
  if (wanted !== undefined && wanted !== currency) return [];
  const prices = new Map<PlainDate, number>();
  for (const override of childrenOf(path(rate, 'nightlyRates/nightlyOverrides'), 'override')) {
    const amount = parseAmount(child(override, 'amount')?.text, null, currency);
    if (amount === undefined) throw malformed('an override without an amount');
    for (const range of descendants(override, 'range')) {
      const start = dateOf(range, 'min');
      const end = addDays(dateOf(range, 'max'), 1);
      if (daysBetween(start, end) > RANGE_DAYS_MAX) throw malformed('a range without an end');
      for (const night of nightsOf({ start, end })) prices.set(night, amount);
    }
  }
  return [...prices].map(([night, value]) => ({ night, field: 'price', ratePlanId, value }));
}
