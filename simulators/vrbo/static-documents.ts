import { childrenOf, textOf, type XmlNode } from '../xml.ts';
import { RuleBroken } from './settings.ts';

const SHORTEST_HEADLINE = 20;
const SHORTEST_DESCRIPTION = 400;
const POLICIES = ['STRICT', 'FIRM', 'MODERATE', 'RELAXED', 'NO_REFUND', 'CUSTOM'];
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** What the platform must know of a listing before it shows it. @throws RuleBroken */
export function checkListing(root: XmlNode): void {
  const lacks = (what: string) => new RuleBroken('listing_incomplete', what);
  const ad = first(root, 'adContent');
  for (const [name, least] of [
    ['headline', SHORTEST_HEADLINE],
    ['description', SHORTEST_DESCRIPTION],
    ['propertyName', 1],
  ] as const) {
    const texts = textsOf(ad, name);
    if (texts.length === 0) throw lacks(name);
    const bad = texts.find((text) => text.value.length < least || !/^[a-z]{2}$/.test(text.locale));
    if (bad) throw lacks(`${name} in "${bad.locale}" has ${bad.value.length} characters`);
  }
  const address = first(first(root, 'location'), 'address');
  for (const name of ['addressLine1', 'city', 'country'])
    if (!textOf(address, name)) throw lacks(name);
  const images = childrenOf(first(root, 'images'), 'image');
  if (images.length === 0) throw lacks('images');
  if (!images.every((one) => /^https?:\/\//.test(textOf(one, 'uri') ?? '')))
    throw lacks('the address of an image');
  const unit = first(first(root, 'units'), 'unit');
  if (!/^PROPERTY_TYPE_[A-Z_]+$/.test(textOf(unit, 'propertyType') ?? ''))
    throw lacks('propertyType');
  if (!/^[A-Z]{3}$/.test(textOf(first(unit, 'unitMonetaryInformation'), 'currency') ?? ''))
    throw lacks('currency');
}

/** The policies of a unit. @throws RuleBroken */
export function checkConfiguration(root: XmlNode): void {
  const lacks = (what: string) => new RuleBroken('configuration_incomplete', what);
  const configuration = first(root, 'lodgingConfiguration');
  const cancellation = first(configuration, 'cancellationPolicy');
  const policy = textOf(cancellation, 'policy') ?? '';
  if (!POLICIES.includes(policy)) throw lacks(`cancellation policy "${policy}"`);
  const periods = childrenOf(first(cancellation, 'policyPeriods'), 'policyPeriod');
  if ((policy === 'CUSTOM') !== periods.length > 0) throw lacks(`policy periods of ${policy}`);
  for (const name of ['checkInTime', 'checkOutTime'])
    if (!TIME.test(textOf(configuration, name) ?? '')) throw lacks(name);
  const guests = Number(textOf(first(configuration, 'maximumOccupancyRule'), 'guests'));
  if (!(guests >= 1)) throw lacks('maximumOccupancyRule');
}

/** Fees and taxes of a rate: each is charged in one way. @throws RuleBroken */
export function checkTerms(rate: XmlNode): void {
  const fees = childrenOf(first(rate, 'fees'), 'otherFees').flatMap((all) =>
    childrenOf(all, 'fee'),
  );
  const rules = childrenOf(first(rate, 'taxRules'), 'percentOfRentTaxRules').flatMap((all) =>
    childrenOf(all, 'rule'),
  );
  const isDecimal = (text: string | undefined) => /^\d+(\.\d+)?$/.test(text ?? '');
  for (const one of [...fees, ...rules]) {
    const ways = Object.keys(one).filter((name) => name.startsWith('applies'));
    const number = textOf(one, 'amount') ?? textOf(one, 'percent');
    if (ways.length !== 1 || !isDecimal(number) || !textOf(one, 'externalId'))
      throw new RuleBroken('terms_invalid', textOf(one, 'name') ?? 'a fee or tax');
  }
}

function textsOf(node: XmlNode, name: string) {
  return childrenOf(first(node, name), 'texts')
    .flatMap((texts) => childrenOf(texts, 'text'))
    .map((text) => ({
      locale: textOf(text, '@locale') ?? '',
      value: textOf(text, 'textValue') ?? '',
    }));
}

/** The first child of that name; where there is none, an element without anything in it. */
function first(node: XmlNode, name: string): XmlNode {
  return childrenOf(node, name)[0] ?? {};
}
