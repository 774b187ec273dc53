import { describe, expect, it } from 'vitest';
import type { PropertyUpdated } from '../../schemas/generated/types.ts';
import { PROPERTY_TYPES } from '../../schemas/property-content.ts';
import {
  checkConfiguration,
  checkListing,
  checkTerms,
} from '../../simulators/vrbo/static-documents.ts';
import { openDocument } from '../../simulators/vrbo/unit-documents.ts';
import { childrenOf } from '../../simulators/xml.ts';
import { descendants, parseXml } from '../notation/xml.ts';
import { testConnection } from '../testing/connections.ts';
import { FULL_CONTENT, testContent } from '../testing/content.ts';
import { CONFIGURATION, LISTING } from './content.ts';
import { vrboConnector } from './index.ts';
import { PLAN, TODAY, viewOf } from './testing/views.ts';

const connection = testConnection('vrbo', '8801', '8801-1', [PLAN]);
const codec = vrboConnector.documents!;
const parts = (changes: Partial<PropertyUpdated> = {}, to = connection) =>
  vrboConnector.content!.parts(to, testContent(changes));
const missing = (field: string, changes: Partial<PropertyUpdated>) =>
  parts(changes).find((part) => part.field === field)?.missing;

/** Bodies by name, of a night that has a price. */
function documents(changes: Partial<PropertyUpdated> = {}): Map<string, string> {
  const view = viewOf({ [TODAY]: { price: 9_900 } }, 'EUR', TODAY, testContent(changes));
  return new Map(codec.render(connection, view).map(({ name, body }) => [name, body]));
}

const values = (body: string | undefined, name: string) =>
  descendants(parseXml(body ?? '', 'REQUEST_MALFORMED'), name).map(({ text }) => text);

describe('static documents', () => {
  it('are what the platform asks for', () => {
    const all = documents();
    const ids = { listing: '8801', unit: '8801-1' };
    checkListing(openDocument('listing', all.get('listing') ?? '', { ...ids, unit: null }));
    checkConfiguration(openDocument('configuration', all.get('configuration') ?? '', ids));
    const rates = openDocument('rates', all.get('rates') ?? '', ids);
    for (const rate of childrenOf(rates, 'lodgingRate')) checkTerms(rate);
  });

  it('have the elements in the order of the alphabet, as the documentation has them', () => {
    const configuration = parseXml(documents().get('configuration') ?? '', 'REQUEST_MALFORMED');
    const names = descendants(configuration, 'lodgingConfiguration')[0]!.children.map(
      ({ name }) => name,
    );
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(12);
  });

  it('say every type of home by a word of the platform', () => {
    for (const property_type of PROPERTY_TYPES) {
      const content = { ...FULL_CONTENT, property_type };
      expect(values(documents({ content }).get('listing'), 'propertyType')[0]).toMatch(
        /^PROPERTY_TYPE_[A-Z_]+$/,
      );
    }
  });

  it('give all back until the day that the owner says, and nothing after', () => {
    const policy = (free_until_days: number | null) => {
      const body = documents({ content: { ...FULL_CONTENT, cancellation: { free_until_days } } });
      const of = (name: string) => values(body.get('configuration'), name).join();
      return [of('nightsBeforeCheckin'), of('refundPercent')];
    };
    expect([policy(null), policy(0), policy(30)]).toEqual([
      ['', ''],
      ['1', '100'],
      ['30', '100'],
    ]);
  });

  it('leave out a language whose text is too short, and take one form of each', () => {
    const [en, de] = FULL_CONTENT.texts;
    const texts = [
      { ...en!, language: 'en-GB' },
      { ...en!, language: 'en-US' },
      { ...de!, headline: 'Haus am See' },
    ];
    const body = documents({ content: { ...FULL_CONTENT, texts } }).get('listing') ?? '';
    const root = parseXml(body, 'REQUEST_MALFORMED');
    expect(new Set(descendants(root, 'text').map(({ attributes }) => attributes.locale))).toEqual(
      new Set(['en']),
    );
  });
});

describe('what is missing', () => {
  it.each([
    [LISTING, { name: '' }, ['the name of the property']],
    [LISTING, { address: null }, ['an address']],
    [LISTING, { content: { ...FULL_CONTENT, photos: [] } }, ['photos']],
    [LISTING, { content: { ...FULL_CONTENT, property_type: null } }, ['the type of the property']],
    [
      LISTING,
      { content: { ...FULL_CONTENT, texts: [] } },
      ['a headline of at least 20 characters with a description of at least 400'],
    ],
    [
      LISTING,
      { content: { ...FULL_CONTENT, bathrooms: null } },
      ['the numbers of bedrooms and bathrooms'],
    ],
    [CONFIGURATION, { content: { ...FULL_CONTENT, check_in_time: null } }, ['a check-in time']],
    [CONFIGURATION, { content: { ...FULL_CONTENT, check_out_time: null } }, ['a check-out time']],
    [CONFIGURATION, { content: { ...FULL_CONTENT, cancellation: null } }, ['cancellation terms']],
    [
      CONFIGURATION,
      { content: null },
      ['a check-in time', 'a check-out time', 'cancellation terms'],
    ],
  ])('of %s', (field, changes, expected) => {
    expect(missing(field, changes)).toEqual(expected);
  });

  it('is nothing of a home that is fully described', () => {
    expect(parts().flatMap((part) => part.missing)).toEqual([]);
  });
});

describe('versions', () => {
  const versions = (...args: Parameters<typeof parts>) => parts(...args).map((one) => one.version);

  it('follow from what the documents say, each from its own', () => {
    const [configuration, listing] = versions();
    expect(versions()).toEqual([configuration, listing]);
    expect(versions({ landing_url: null, fees: [] })).toEqual([configuration, listing]);
    const [other, same] = versions({ max_guests: 5 });
    expect([other === configuration, same === listing]).toEqual([false, true]);
    const renamed = versions({ name: 'Lakeside II' });
    expect([renamed[0] === configuration, renamed[1] === listing]).toEqual([true, false]);
    expect(versions({}, { ...connection, listing: '8802' })).not.toContain(listing);
  });
});

describe('without new content', () => {
  const view = (last: (name: string) => string | null) => ({
    ...viewOf({ [TODAY]: { price: 9_900 } }),
    last,
  });

  it('documents say what the last ones said', () => {
    const all = documents();
    const again = codec.render(
      connection,
      view((name) => all.get(name) ?? null),
    );
    for (const { name, body } of again.filter((one) => one.name !== 'availability'))
      expect([name, body]).toEqual([name, all.get(name)]);
    expect(again).toHaveLength(4);
  });

  it('nothing is taken over from another listing, nor from a document that is not whole', () => {
    const all = documents();
    const of = (last: (name: string) => string | null, to = connection) =>
      codec.render(to, view(last)).map(({ name }) => name);
    const moved = { ...connection, listing: '8802' };
    expect(of((name) => all.get(name) ?? null, moved)).toEqual(['rates', 'availability']);
    const rates = codec
      .render(
        moved,
        view((name) => all.get(name) ?? null),
      )
      .find(({ name }) => name === 'rates');
    expect(rates?.body).not.toContain('<fees>');
    const bare = '<listing><externalId>8801</externalId></listing>';
    expect(of((name) => (name === 'listing' ? bare : null))).toEqual(['rates', 'availability']);
  });
});

describe('fees and taxes', () => {
  it('stand in the rates, each charged in its way, in the decimals of the currency', () => {
    const fees = (['per_stay', 'per_night', 'per_guest', 'per_guest_night'] as const).map(
      (basis) => ({ name: basis, basis, amount: 1_250 }),
    );
    const body = documents({ fees, currency: 'JPY' }).get('rates') ?? '';
    const root = parseXml(body, 'REQUEST_MALFORMED');
    expect(
      descendants(root, 'fee').map(({ children }) => children.map((one) => one.text || one.name)),
    ).toEqual([
      ['fee-1', '1250', 'appliesPerStay', 'per_stay', 'PROPERTY_FEE'],
      ['fee-2', '1250', 'appliesPerNight', 'per_night', 'PROPERTY_FEE'],
      ['fee-3', '1250', 'appliesPerGuestPerStay', 'per_guest', 'PROPERTY_FEE'],
      ['fee-4', '1250', 'appliesPerGuestPerNight', 'per_guest_night', 'PROPERTY_FEE'],
    ]);
    expect(values(body, 'percent')).toEqual(['3.50']);
  });

  it('are left out where they are nothing, and beyond the fifteenth', () => {
    const fee = (amount: number) => ({ name: 'f', basis: 'per_stay', amount }) as const;
    const none = documents({ fees: [fee(0)], taxes: [] }).get('rates') ?? '';
    expect([none.includes('<fees'), none.includes('<taxRules')]).toEqual([false, false]);
    const many = documents({ fees: Array.from({ length: 20 }, () => fee(100)) }).get('rates');
    expect(values(many, 'amount').filter((text) => text === '1.00')).toHaveLength(15);
  });

  it('have names of at most 64 units, without half a character at the cut', () => {
    const names = [`${'n'.repeat(62)}🏠🏠`, `${'n'.repeat(63)}🏠`];
    const fees = names.map((name) => ({ name, basis: 'per_stay', amount: 100 }) as const);
    const taxes = names.map((name) => ({ name, percent_hundredths: 350 }));
    const cut = [`${'n'.repeat(62)}🏠`, 'n'.repeat(63)];
    expect(values(documents({ fees, taxes }).get('rates'), 'name')).toEqual([...cut, ...cut]);
  });
});
