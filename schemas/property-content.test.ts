import { describe, expect, it } from 'vitest';
import { codeOf } from './errors.ts';
import type { PropertyContent, PropertyText } from './generated/types.ts';
import { checkContent } from './property-content.ts';

const CONTENT: PropertyContent = {
  texts: [{ language: 'de-AT', headline: 'Haus am See', description: 'Zwei < drei & vier > eins' }],
  photos: ['https://photos.example/1.jpg'],
  property_type: 'house',
  bedrooms: 2,
  bathrooms: 0,
  check_in_time: '15:00',
  check_out_time: '00:00',
  house_rules: null,
  cancellation: { free_until_days: 365 },
};

function text(changes: Partial<PropertyText>): PropertyContent {
  return { ...CONTENT, texts: [{ language: 'en', headline: '', description: '', ...changes }] };
}

/** The code of the refusal; undefined: it passes. */
function refusal(content: PropertyContent | null): string | undefined {
  try {
    checkContent(content);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

const long = ['en', 'de', 'fr', 'it', 'es', 'nl'].map((language) => ({
  language,
  headline: '',
  description: 'x'.repeat(9_000),
}));

describe('content of a property', () => {
  it.each<[string, PropertyContent]>([
    ['a language by its name', text({ language: 'English' })],
    ['a headline that is too long', text({ headline: 'x'.repeat(401) })],
    ['a tag', text({ description: 'A <b>fine</b> house' })],
    ['an empty tag', text({ description: 'A house<br/>by the lake' })],
    ['a comment', text({ description: 'A house <!-- of the old kind' })],
    ['an entity', text({ headline: 'House &amp; garden' })],
    ['a language twice', { ...CONTENT, texts: [...CONTENT.texts, ...CONTENT.texts] }],
    ['more text than fits a record', { ...CONTENT, texts: long }],
    ['a photo that is no http address', { ...CONTENT, photos: ['ftp://photos.example/1.jpg'] }],
    ['too many photos', { ...CONTENT, photos: Array<string>(51).fill(CONTENT.photos[0] ?? '') }],
    ['an unknown type', { ...CONTENT, property_type: 'spaceship' }],
    ['fewer than no bedrooms', { ...CONTENT, bedrooms: -1 }],
    ['a hundred and one bathrooms', { ...CONTENT, bathrooms: 101 }],
    ['24:00', { ...CONTENT, check_in_time: '24:00' }],
    ['9:30', { ...CONTENT, check_out_time: '9:30' }],
    ['more than a year of notice', { ...CONTENT, cancellation: { free_until_days: 366 } }],
  ])('with %s is refused', (_, content) => {
    expect(refusal(content)).toBe('EVENT_VALUE_INVALID');
  });

  it('passes at its limits, with signs that are no markup, and where nothing is said', () => {
    expect(refusal(null)).toBeUndefined();
    expect(refusal(CONTENT)).toBeUndefined();
    const longest = { headline: 'x'.repeat(400), description: 'x'.repeat(10_000) };
    expect(refusal(text(longest))).toBeUndefined();
    expect(refusal(text({ description: '4<5, R&B; 3 > 2 & <3' }))).toBeUndefined();
  });
});
