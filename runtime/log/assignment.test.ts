import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssignedMember, assignByNumber } from './assignment.ts';

const counts = new Map([
  ['events', 12],
  ['table', 12],
]);
const topics = [...counts.keys()];

function member(id: string, owned: readonly number[] = [], generation = 1): AssignedMember {
  return { id, topics, owned, generation };
}

function numbersOf(
  assignment: ReturnType<typeof assignByNumber>,
  id: string,
  topic = 'events',
): number[] {
  return (assignment.get(id) ?? [])
    .filter((each) => each.topic === topic)
    .map(({ partition }) => partition);
}

describe('assignByNumber', () => {
  it('is whole, disjoint, balanced and co-partitioned, and moves as little as that allows', () => {
    const members = fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 4 }),
        owned: fc.uniqueArray(fc.nat(14), { maxLength: 12 }),
        generation: fc.nat(3),
      }),
      { selector: ({ id }) => id, minLength: 1, maxLength: 15 },
    );
    fc.assert(
      fc.property(members, (some) => {
        const all = some.map((each) => ({ ...each, topics }));
        const assignment = assignByNumber(all, counts);
        const given = all.flatMap(({ id }) => numbersOf(assignment, id));
        expect([...given].sort((a, b) => a - b)).toEqual(
          Array.from({ length: 12 }, (_, number) => number),
        );
        for (const { id } of all) {
          expect(numbersOf(assignment, id, 'table')).toEqual(numbersOf(assignment, id));
          expect([Math.floor(12 / all.length), Math.ceil(12 / all.length)]).toContain(
            numbersOf(assignment, id).length,
          );
        }
        for (const { id, owned, generation } of all) {
          const undisputed = owned.filter(
            (number) =>
              number < 12 &&
              all.every(
                (other) =>
                  other.id === id || !other.owned.includes(number) || other.generation < generation,
              ),
          );
          const kept = numbersOf(assignment, id);
          // Who gave up a number of its own has its full share.
          if (undisputed.some((number) => !kept.includes(number))) {
            expect(kept.every((number) => owned.includes(number))).toBe(true);
          }
        }
      }),
    );
  });

  it('believes the newer of two claims', () => {
    const assignment = assignByNumber(
      [member('zombie', [0, 1, 2, 3, 4, 5], 4), member('heir', [0, 1, 2, 3, 4, 5], 7)],
      counts,
    );
    expect(numbersOf(assignment, 'heir')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(numbersOf(assignment, 'zombie')).toEqual([6, 7, 8, 9, 10, 11]);
  });

  it('gives everything to the members that know all topics while subscriptions differ', () => {
    const old = { ...member('old', [0, 1, 2, 3, 4, 5]), topics: ['events'] };
    const assignment = assignByNumber([old, member('new')], counts);
    expect(assignment.get('old')).toEqual([]);
    expect(numbersOf(assignment, 'new')).toHaveLength(12);
  });

  it('keeps topics of different size together by number', () => {
    const mixed = new Map([
      ['events', 4],
      ['table', 2],
    ]);
    const assignment = assignByNumber([member('a'), member('b')], mixed);
    expect(assignment.get('a')).toEqual([
      { topic: 'events', partition: 0 },
      { topic: 'table', partition: 0 },
      { topic: 'events', partition: 1 },
      { topic: 'table', partition: 1 },
    ]);
    expect(numbersOf(assignment, 'b', 'table')).toEqual([]);
  });
});
