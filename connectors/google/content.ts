import type { Connection, DesiredContent } from '../../schemas/generated/types.ts';
import type { ContentCodec, ContentField } from '../content.ts';
import { versionOf } from '../content.ts';
import { guestsAtGoogle } from './manifest.ts';
import type { LocalizedText, PropertyContent } from './property-data.ts';
import { interpretPropertyData, propertyData, propertyDataSet } from './property-data.ts';

const PROPERTY_DATA: ContentField = 'content/property_data';
/** Of a property whose PMS says no language. */
const DEFAULT_LANGUAGE = 'en';

/** All that Google takes of the content is one message: room and packages of the property, replacing what it had. */
export const googleContent: ContentCodec = {
  parts: (connection, content) => {
    const missing = missingOf(content);
    const message =
      missing.length === 0
        ? propertyDataSet(described(connection, content), 'overlay')
        : missing.join('\n');
    return [{ field: PROPERTY_DATA, version: versionOf(message), missing }];
  },
  messages: {
    plan: (connection, content, _field, now) =>
      propertyData([described(connection, content)], 'overlay', now),
    interpret: interpretPropertyData,
  },
};

function missingOf(content: DesiredContent): string[] {
  return [
    ...(namesOf(content).length === 0 ? ['the name of the property'] : []),
    ...(content.rate_plans.length === 0 ? ['a rate plan'] : []),
  ];
}

/** A room has one price for all guests, so packages are for as many as the room sleeps. Rate plans have no name but their id. */
function described(connection: Connection, content: DesiredContent): PropertyContent {
  const { property, rate_plans } = content;
  const name = namesOf(content);
  const description = (property.content?.texts ?? []).filter((text) => text.description !== '');
  return {
    propertyId: connection.listing,
    roomId: connection.room_id,
    name,
    description: description.map(({ language, description: text }) => ({ language, text })),
    guests: guestsAtGoogle(property.max_guests),
    packages: rate_plans.map((ratePlanId) => ({
      ratePlanId,
      name: name.map(({ language }) => ({ language, text: ratePlanId })),
      description: [],
      guests: null,
      freeCancellationDays: property.content?.cancellation?.free_until_days,
    })),
  };
}

/** In each language the headline, or else the name. */
function namesOf({ property }: DesiredContent): LocalizedText[] {
  const texts = property.content?.texts ?? [];
  const languages = texts.length === 0 ? [{ language: DEFAULT_LANGUAGE, headline: '' }] : texts;
  return languages
    .map(({ language, headline }) => ({ language, text: headline || property.name }))
    .filter(({ text }) => text !== '');
}
