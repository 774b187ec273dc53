import { ParityError } from './errors.ts';
import { checkInteger, checkUnique, checkUrl } from './event-values.ts';
import type { PropertyContent } from './generated/types.ts';

/** Kinds of homes, as far as platforms tell them apart. */
export const PROPERTY_TYPES = [
  'apartment',
  'bungalow',
  'cabin',
  'castle',
  'chalet',
  'condo',
  'cottage',
  'farmhouse',
  'guesthouse',
  'house',
  'house_boat',
  'lodge',
  'studio',
  'townhouse',
  'villa',
] as const;
export type PropertyType = (typeof PROPERTY_TYPES)[number];

/** Longest headline, UTF-16 units. Source: the shortest maximum of the platforms that take one. */
const MAX_HEADLINE = 400;
/** Longest texts of a property together: they travel in one record, with what is rendered from them. */
const MAX_TEXTS = 50_000;
const MAX_LANGUAGES = 20;
const MAX_PHOTOS = 50;
const MAX_ROOMS = 100;
const MAX_DAYS = 365;
const MAX_AGE = 120;

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
/** A tag, a comment or an entity: platforms would show it as it stands, or worse, not. */
const MARKUP = /<\/?[a-z][^>]*>|<!--|&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,6});/i;

/** @throws ParityError EVENT_VALUE_INVALID: what no platform could show. Null: the PMS has not said anything. */
export function checkContent(content: PropertyContent | null): void {
  if (content === null) return;
  const { texts, photos, property_type: type, house_rules, cancellation } = content;
  checkTexts(texts);
  if (photos.length > MAX_PHOTOS) throw invalid(`photos: more than ${MAX_PHOTOS}`);
  for (const url of photos) checkUrl(url, 'photos');
  if (type !== null && !PROPERTY_TYPES.some((known) => known === type))
    throw invalid(`property_type: "${type.slice(0, 50)}" is none of ${PROPERTY_TYPES.join(', ')}`);
  checkInteger(content.bedrooms ?? 0, 0, MAX_ROOMS, 'bedrooms');
  checkInteger(content.bathrooms ?? 0, 0, MAX_ROOMS, 'bathrooms');
  checkTime(content.check_in_time, 'check_in_time');
  checkTime(content.check_out_time, 'check_out_time');
  checkInteger(house_rules?.minimum_age ?? 0, 0, MAX_AGE, 'house_rules.minimum_age');
  checkInteger(cancellation?.free_until_days ?? 0, 0, MAX_DAYS, 'cancellation.free_until_days');
}

function checkTexts(texts: PropertyContent['texts']): void {
  if (texts.length > MAX_LANGUAGES) throw invalid(`texts: more than ${MAX_LANGUAGES} languages`);
  checkUnique(
    texts.map(({ language }) => language),
    'texts.language',
  );
  let length = 0;
  for (const { language, headline, description } of texts) {
    if (!LANGUAGE.test(language)) throw invalid(`texts: "${language.slice(0, 50)}" is no language`);
    if (headline.length > MAX_HEADLINE)
      throw invalid(`texts: a headline of more than ${MAX_HEADLINE} characters`);
    for (const text of [headline, description])
      if (MARKUP.test(text)) throw invalid(`texts: markup in ${language}; texts are plain`);
    length += headline.length + description.length;
  }
  if (length > MAX_TEXTS) throw invalid(`texts: more than ${MAX_TEXTS} characters together`);
}

function checkTime(time: string | null, place: string): void {
  if (time !== null && !TIME.test(time))
    throw invalid(`${place}: "${time.slice(0, 20)}" is not hh:mm`);
}

function invalid(message: string): ParityError {
  return new ParityError('EVENT_VALUE_INVALID', message);
}
