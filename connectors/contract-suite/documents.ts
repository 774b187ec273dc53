import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Connection, DesiredContent } from '../../schemas/generated/types.ts';
import type { Change, Connector } from '../contract.ts';
import type { DocumentCodec, DocumentView, RenderedDocument } from '../documents.ts';
import {
  cellName,
  changesOf,
  fullSync,
  type ModelCalendar,
  shownValue,
} from '../testing/calendar.ts';

/** The simulator core of a platform that fetches, with one connection. */
export interface DocumentSubject {
  readonly connector: Connector;
  readonly connection: Connection;
  readonly today: PlainDate;
  readonly currency: string;
  readonly content: DesiredContent;
  /** What is served from now on, in a newer state than whatever was before. */
  publish(documents: readonly RenderedDocument[]): void;
  /** The platform comes, and takes what is newer than what it has. */
  crawl(): Promise<void>;
  /** What the platform holds, by `cellName`; null: it has no such value. */
  calendar(start: PlainDate, end: PlainDate): ModelCalendar;
  violations(): Readonly<Record<string, number>>;
  /** Documents taken so far. */
  taken(): number;
}

const DAYS = 120;

/** What the connector of a platform that fetches must do against its simulator. */
export function describeDocumentContract(name: string, start: () => DocumentSubject): void {
  describe(`${name}: document contract`, () => {
    describeNights(start);
    describeStates(start);
    describeContent(start);
  });
}

function describeNights(start: () => DocumentSubject): void {
  it('puts on sale exactly what is wanted, and closes what is not known', async () => {
    const { connector, connection, today } = start();
    const wishes = changesOf(connector.manifest, connection, today, DAYS);
    await fc.assert(
      fc.asyncProperty(wishes, async (changes) => {
        const subject = start();
        subject.publish(rendered(subject, changes));
        await subject.crawl();
        const shown = subject.calendar(today, addDays(today, DAYS));
        const open = new Set(
          changes.filter(({ field, value }) => field === 'availability' && value > 0).map(cellName),
        );
        for (let day = 0; day < DAYS; day += 1) {
          const night = addDays(today, day);
          const name = cellName({ night, field: 'availability', ratePlanId: null });
          expect([name, (shown.get(name) ?? 0) > 0]).toEqual([name, open.has(name)]);
        }
        for (const change of changes)
          if (change.field !== 'availability' || change.value > 0)
            expect([cellName(change), shown.get(cellName(change))]).toEqual([
              cellName(change),
              shownValue(change, connector.manifest),
            ]);
        expect(subject.violations()).toEqual({});
      }),
      { numRuns: 25 },
    );
  });

  it('shows all nights of its horizon, and sells none beyond it', async () => {
    const subject = start();
    const { connector, today } = subject;
    const days = connector.manifest.horizonDays.availability;
    const changes = fullSync(connector.manifest, subject.connection, today, days);
    subject.publish(rendered(subject, changes));
    await subject.crawl();
    const shown = subject.calendar(today, addDays(today, days + 60));
    for (const change of changes)
      expect([cellName(change), shown.get(cellName(change))]).toEqual([
        cellName(change),
        shownValue(change, connector.manifest),
      ]);
    for (let day = days; day < days + 60; day += 1)
      expect(
        shown.get(
          cellName({ night: addDays(today, day), field: 'availability', ratePlanId: null }),
        ),
      ).toBe(0);
    expect(subject.violations()).toEqual({});
  });

  it('renders equal documents for equal wishes, and reads in them what it rendered', () => {
    const subject = start();
    const { connector, connection, today, currency } = subject;
    const changes = fullSync(connector.manifest, connection, today, DAYS);
    const documents = rendered(subject, changes);
    expect(rendered(subject, [...changes].reverse())).toEqual(documents);
    const codec = codecOf(connector);
    const read = new Map(
      codec.read(connection, documents, currency).map((one) => [cellName(one), one.value]),
    );
    for (const change of changes)
      expect([cellName(change), read.get(cellName(change))]).toEqual([
        cellName(change),
        shownValue(change, connector.manifest),
      ]);
    const foreign = codec.read(connection, documents, 'XXX');
    expect(foreign.filter(({ field }) => field === 'price')).toEqual([]);
  });
}

function describeStates(start: () => DocumentSubject): void {
  it('changes nothing before the platform has come, and is fetched once for each state', async () => {
    const subject = start();
    const { connector, connection, today } = subject;
    // One that the full sync opens.
    const [night, end] = [addDays(today, 14), addDays(today, 15)];
    const open = fullSync(connector.manifest, connection, today, DAYS);
    subject.publish(rendered(subject, open));
    await subject.crawl();
    const taken = subject.taken();
    await subject.crawl();
    expect(subject.taken()).toBe(taken);
    const closed = open.map((change) =>
      change.field === 'availability' && change.night === night ? { ...change, value: 0 } : change,
    );
    const name = cellName({ night, field: 'availability', ratePlanId: null });
    const before = subject.calendar(night, end).get(name);
    expect(before).toBe(1);
    subject.publish(rendered(subject, closed));
    expect(subject.calendar(night, end).get(name)).toBe(before);
    await subject.crawl();
    expect(subject.calendar(night, end).get(name)).toBe(0);
    expect(subject.violations()).toEqual({});
  });
}

function describeContent(start: () => DocumentSubject): void {
  it('describes the home in documents that the platform takes; without a description there are none of them', async () => {
    const subject = start();
    const { connector, content } = subject;
    const kinds = codecOf(connector)
      .kinds.filter(({ isStatic }) => isStatic)
      .map(({ name }) => name);
    expect(kinds.length).toBeGreaterThan(0);
    const without = rendered(subject, []).map(({ name }) => name);
    expect(without.filter((name) => kinds.includes(name))).toEqual([]);
    const documents = rendered(subject, [], content).filter(({ name }) => kinds.includes(name));
    expect(documents.map(({ name }) => name)).toEqual(kinds);
    const before = subject.taken();
    subject.publish(documents);
    await subject.crawl();
    expect(subject.violations()).toEqual({});
    expect(subject.taken() - before).toBe(kinds.length);
  });
}

function rendered(
  { connector, connection, today, currency }: DocumentSubject,
  changes: readonly Change[],
  content: DesiredContent | null = null,
): readonly RenderedDocument[] {
  const wanted = new Map(changes.map((change) => [cellName(change), change.value]));
  const view: DocumentView = {
    today,
    days: connector.manifest.horizonDays.availability,
    currency,
    value: (night, field, ratePlanId) => wanted.get(cellName({ night, field, ratePlanId })) ?? null,
    content: () => content,
    terms: content,
    last: () => null,
  };
  return codecOf(connector).render(connection, view);
}

function codecOf({ documents }: Connector): DocumentCodec {
  if (!documents) throw new Error('this is no platform that fetches');
  return documents;
}
