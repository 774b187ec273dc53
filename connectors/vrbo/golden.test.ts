import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readIndex } from '../../simulators/vrbo/content-index.ts';
import { FEED_NAMES } from '../../simulators/vrbo/settings.ts';
import { openDocument, readCalendar, readRateTable } from '../../simulators/vrbo/unit-documents.ts';
import { parseXml, type XmlElement } from '../notation/xml.ts';
import { testConnection } from '../testing/connections.ts';
import { testContent } from '../testing/content.ts';
import { vrboConnector } from './index.ts';
import { TODAY, viewOf } from './testing/views.ts';

const connection = testConnection('vrbo', '8801', '8801-1', ['standard']);
const codec = vrboConnector.documents!;
const ids = { listing: '8801', unit: '8801-1' };
const file = (name: string) =>
  readFileSync(new URL(`./golden/${name}.xml`, import.meta.url), 'utf8');

const OPEN = { availability: 1, price: 14_050, min_stay_arrival: 3, max_stay: 28 };
const NIGHTS = {
  '2026-11-02': OPEN,
  '2026-11-03': { ...OPEN, closed_to_arrival: 1 },
  '2026-11-04': { ...OPEN, price: 16_000, closed_to_departure: 1 },
  '2026-11-05': { ...OPEN, availability: 0, closed_to_arrival: 1, closed_to_departure: 1 },
  '2026-11-06': { availability: 2, price: 16_000, min_stay_arrival: 0, max_stay: 0 },
};
const VIEW = viewOf(NIGHTS, 'EUR', TODAY, testContent());

/** Element names in document order with their depth. */
function outline(element: XmlElement, depth = 0): string[] {
  return [
    `${depth} ${element.name}`,
    ...element.children.flatMap((child) => outline(child, depth + 1)),
  ];
}

/** The names of ours that the documented example has too, against those of the example that we have, in order. */
function common(ours: string, documented: string): [string[], string[]] {
  const [a, b] = [ours, documented].map((text) => [
    ...new Set(outline(parseXml(text, 'REQUEST_MALFORMED'))),
  ]) as [string[], string[]];
  return [a.filter((name) => b.includes(name)), b.filter((name) => a.includes(name))];
}

describe('documents for the platform', () => {
  it.each(codec.render(connection, VIEW).map(({ name, body }) => [name, body]))(
    '%s is written as it was',
    async (name, body) => {
      const lines = body.replaceAll('><', '>\n<');
      await expect(`${lines}\n`).toMatchFileSnapshot(`./golden/${name}.xml`);
    },
  );

  it.each(codec.kinds.map(({ name }) => name))('index of %s is written as it was', async (kind) => {
    const url = `https://parity.example/documents/vrbo/credential/connection/${kind}`;
    const { body } = codec.index(kind, [
      {
        id: 'adv-88',
        entries: [{ connection, url, updatedAt: Date.parse('2026-11-24T15:24:10Z') }],
      },
    ]);
    await expect(`${body.replaceAll('><', '>\n<')}\n`).toMatchFileSnapshot(
      `./golden/${kind}-index.xml`,
    );
  });

  it.each([
    ['availability', 'documented-availability'],
    ['rates', 'documented-rates'],
  ])('%s has the elements of the documented example, in its order', (name, example) => {
    // The examples have no fees and taxes.
    const ours =
      codec.render(connection, viewOf(NIGHTS)).find((one) => one.name === name)?.body ?? '';
    const [mine, theirs] = common(ours, file(example));
    expect(mine).toEqual(theirs);
    expect(theirs.length).toBeGreaterThan(12);
    const missing = outline(parseXml(file(example), 'REQUEST_MALFORMED')).filter(
      (line) => !mine.includes(line),
    );
    expect(missing).toEqual([]);
  });

  it('index has exactly the shape of the documented example', () => {
    const entry = {
      connection,
      url: 'https://partner.example/feeds/8801-1',
      updatedAt: Date.parse('2026-11-24T15:24:10Z'),
    };
    const { body } = codec.index('availability', [{ id: 'adv-88', entries: [entry] }]);
    const example = parseXml(file('documented-availability-index'), 'REQUEST_MALFORMED');
    expect(parseXml(body, 'REQUEST_MALFORMED')).toEqual(example);
  });
});

describe('documented examples, which are not ours', () => {
  it('are read by the connector as they are meant', () => {
    const shown = codec.read(connection, [
      { name: 'availability', body: file('documented-availability') },
      { name: 'rates', body: file('documented-rates') },
    ]);
    const of = (field: string) =>
      shown.filter((one) => one.field === field).map(({ value }) => value);
    expect(of('availability')).toEqual([0, 0, 1, 2, 2, 1, 1]);
    expect(of('min_stay_arrival')).toEqual([3, 3, 3, 3, 7, 7, 0]);
    expect(of('max_stay')).toEqual([28, 28, 28, 28, 28, 0, 0]);
    expect(of('closed_to_arrival')).toEqual([0, 0, 0, 0, 1, 1, 0]);
    expect(of('closed_to_departure')).toEqual([0, 0, 0, 1, 0, 1, 0]);
    expect(shown.filter(({ field }) => field === 'price')).toMatchObject([
      { night: '2026-12-26', value: 21_950 },
      { night: '2026-12-27', value: 21_950 },
      { night: '2026-12-30', value: 21_950 },
    ]);
  });

  it('are taken by the simulator, which takes ours too', () => {
    const calendar = readCalendar(
      openDocument('availability', file('documented-availability'), ids),
    );
    expect(calendar.days.map(({ units }) => units)).toEqual([0, 0, 1, 2, 2, 1, 1]);
    const table = readRateTable(openDocument('rates', file('documented-rates'), ids));
    expect(table.standard).toEqual([18_000, 18_000, 18_000, 18_000, 18_000, 21_000, 21_000]);
    expect(readIndex('availability', file('documented-availability-index'))).toHaveLength(1);
    for (const feed of FEED_NAMES) {
      const body = codec.render(connection, VIEW).find(({ name }) => name === feed)?.body ?? '';
      expect(() =>
        openDocument(feed, body, { ...ids, unit: feed === 'listing' ? null : ids.unit }),
      ).not.toThrow();
    }
  });
});
