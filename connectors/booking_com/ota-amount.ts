import { parseAmount } from '../notation/amounts.ts';
import type { XmlElement } from '../notation/xml.ts';

/** An amount attribute of an element that may carry `DecimalPlaces`; null: none there. */
export function amountOf(
  holder: XmlElement | undefined,
  name: string,
  currency: string,
): number | null {
  const places = holder?.attributes.DecimalPlaces;
  const decimalPlaces = places !== undefined && /^\d$/.test(places) ? Number(places) : null;
  return parseAmount(holder?.attributes[name], decimalPlaces, currency) ?? null;
}
