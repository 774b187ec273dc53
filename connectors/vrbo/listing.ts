import type {
  Address,
  Connection,
  DesiredContent,
  PropertyText,
} from '../../schemas/generated/types.ts';
import type { PropertyType } from '../../schemas/property-content.ts';
import { versionOf } from '../content.ts';
import { xml } from '../notation/xml.ts';
import { document, leaf, unitOf } from './wire.ts';

/** Shortest texts that the platform shows, characters. Source: Streamline Partner X, "Listing Content". */
const SHORTEST_HEADLINE = 20;
const SHORTEST_DESCRIPTION = 400;

/** What the platform cannot do without, in words for the owner. */
export function missingInListing(content: DesiredContent): string[] {
  const { property } = content;
  const { address, name } = property;
  const { photos, property_type, bedrooms, bathrooms } = property.content ?? {};
  return [
    ...(name === '' ? ['the name of the property'] : []),
    ...(textsOf(content).length === 0
      ? [
          `a headline of at least ${SHORTEST_HEADLINE} characters with a description of at least ${SHORTEST_DESCRIPTION}`,
        ]
      : []),
    ...(address && address.street !== '' && address.city !== '' ? [] : ['an address']),
    ...(photos && photos.length > 0 ? [] : ['photos']),
    ...(property_type ? [] : ['the type of the property']),
    ...(typeof bedrooms === 'number' && typeof bathrooms === 'number'
      ? []
      : ['the numbers of bedrooms and bathrooms']),
  ];
}

/** The listing with its one unit. Amenities are not known here, and whoever gives none has none. */
export function listingDocument(connection: Connection, content: DesiredContent): string {
  const { property } = content;
  const texts = textsOf(content);
  return document(
    xml('listing', {}, [
      leaf('externalId', connection.listing),
      leaf('active', 'true'),
      xml('adContent', {}, [
        localized('description', texts, ({ description }) => description),
        localized('headline', texts, ({ headline }) => headline),
        localized('propertyName', texts, () => property.name),
      ]),
      ...(property.address ? [location(property.address)] : []),
      xml('images', {}, (property.content?.photos ?? []).map(image)),
      xml('units', {}, [unit(connection, content)]),
    ]),
  );
}

function unit(connection: Connection, content: DesiredContent): string {
  const { property } = content;
  const { bathrooms, bedrooms, property_type } = property.content ?? {};
  return xml('unit', {}, [
    leaf('externalId', unitOf(connection)),
    leaf('active', 'true'),
    rooms('bathroom', bathrooms ?? 0, 'FULL_BATH'),
    rooms('bedroom', bedrooms ?? 0, 'BEDROOM'),
    leaf('propertyType', propertyTypeOf(property_type)),
    xml('unitMonetaryInformation', {}, [
      leaf('currency', connection.currency ?? property.currency),
    ]),
    localized('unitName', textsOf(content), () => property.name),
  ]);
}

/** Languages are two letters there: of several forms of one the first counts. Those with a text that is too short are left out. */
function textsOf({ property }: DesiredContent): PropertyText[] {
  const byLanguage = new Map<string, PropertyText>();
  for (const text of property.content?.texts ?? []) {
    const language = text.language.slice(0, 2);
    const isLong =
      text.headline.length >= SHORTEST_HEADLINE && text.description.length >= SHORTEST_DESCRIPTION;
    if (isLong && !byLanguage.has(language)) byLanguage.set(language, { ...text, language });
  }
  return [...byLanguage.values()];
}

function localized(
  name: string,
  texts: readonly PropertyText[],
  value: (text: PropertyText) => string,
): string {
  const all = texts.map((text) =>
    xml('text', { locale: text.language }, [leaf('textValue', value(text))]),
  );
  return xml(name, {}, [xml('texts', {}, all)]);
}

/** The exact place is for the guest who has booked. */
function location({ street, city, postal_code, country, latitude, longitude }: Address): string {
  const isKnown = latitude !== null && longitude !== null;
  const place = isKnown && [
    leaf('latitude', String(latitude)),
    leaf('longitude', String(longitude)),
  ];
  return xml('location', {}, [
    xml('address', {}, [
      leaf('addressLine1', street),
      leaf('city', city),
      leaf('country', country),
      leaf('postalCode', postal_code),
    ]),
    ...(place ? [xml('geoCode', {}, [xml('latLng', {}, place)])] : []),
    leaf('showExactLocation', 'false'),
  ]);
}

/** A photo is another one when its address is. */
function image(url: string): string {
  return xml('image', {}, [
    leaf('externalId', `photo-${versionOf(url).toString(16)}`),
    leaf('uri', url),
  ]);
}

function rooms(name: string, count: number, type: string): string {
  const one = xml(name, {}, [leaf('roomSubType', type)]);
  return xml(`${name}s`, {}, Array<string>(count).fill(one));
}

const PROPERTY_TYPES: Readonly<Partial<Record<PropertyType, string>>> = { townhouse: 'TOWNHOME' };

function propertyTypeOf(type: string | null | undefined): string {
  const name = PROPERTY_TYPES[type as PropertyType] ?? (type ?? '').toUpperCase();
  return `PROPERTY_TYPE_${name}`;
}
