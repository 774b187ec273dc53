import { toDecimal } from '../../schemas/domain/money.ts';
import type { DesiredContent, Fee, Tax } from '../../schemas/generated/types.ts';
import { xml } from '../notation/xml.ts';
import { leaf } from './wire.ts';

/** What the rates of a unit say besides its prices. Each empty where there is nothing to say. */
export interface RateTerms {
  readonly fees: string;
  readonly taxRules: string;
}

/** Most fees and most taxes of a rate. Source: Streamline Partner X, "Lodging Rate Content". */
const MOST = 15;
/** Of a fee or a tax, UTF-16 units. Half a character at the cut is not written: `xml` drops what is none. */
const LONGEST_NAME = 64;
/** The code for what has none of its own. */
const PRODUCT_CODE = 'PROPERTY_FEE';

const APPLIES: Readonly<Record<Fee['basis'], string>> = {
  per_stay: 'appliesPerStay',
  per_night: 'appliesPerNight',
  per_guest: 'appliesPerGuestPerStay',
  per_guest_night: 'appliesPerGuestPerNight',
};

/** Fees and taxes that come on top of the prices. More than the platform takes are left out from the end. */
export function rateTerms({ property }: DesiredContent): RateTerms {
  const fees = property.fees.filter(({ amount }) => amount > 0).slice(0, MOST);
  const taxes = property.taxes.filter((tax) => tax.percent_hundredths > 0).slice(0, MOST);
  const { currency } = property;
  return {
    fees:
      fees.length === 0
        ? ''
        : xml('fees', {}, [
            xml(
              'otherFees',
              {},
              fees.map((fee, at) => feeOf(fee, at, currency)),
            ),
          ]),
    taxRules:
      taxes.length === 0
        ? ''
        : xml('taxRules', {}, [
            xml(
              'percentOfRentTaxRules',
              {},
              taxes.map((tax, at) => ruleOf(tax, at, currency)),
            ),
          ]),
  };
}

/** The terms as a document of ours has them. */
export function termsIn(body: string): RateTerms {
  const part = (name: string) => new RegExp(`<${name}>.*?</${name}>`, 's').exec(body)?.[0] ?? '';
  return { fees: part('fees'), taxRules: part('taxRules') };
}

function feeOf({ name, basis, amount }: Fee, at: number, currency: string): string {
  return xml('fee', {}, [
    leaf('externalId', `fee-${at + 1}`),
    leaf('amount', toDecimal({ amount, currency })),
    xml(APPLIES[basis]),
    leaf('name', name.slice(0, LONGEST_NAME)),
    leaf('productCode', PRODUCT_CODE),
  ]);
}

function ruleOf({ name, percent_hundredths }: Tax, at: number, currency: string): string {
  return xml('rule', {}, [
    leaf('currency', currency),
    leaf('externalId', `tax-${at + 1}`),
    leaf('name', name.slice(0, LONGEST_NAME)),
    leaf('percent', (percent_hundredths / 100).toFixed(2)),
    xml('appliesPerStay'),
  ]);
}
