import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  addDays,
  dateAt,
  daysIn,
  monthsOf,
  type PlainDate,
} from '../../schemas/domain/plain-date.ts';
import type { SnapshotFloor } from '../../schemas/generated/types.ts';
import { nightlyFloors, withFloor } from './floors.ts';

const FIRST = '2027-01-01' as PlainDate;
const snapshot: fc.Arbitrary<SnapshotFloor> = fc.record({
  first_date: fc.nat(150).map((days) => addDays(FIRST, days)),
  sequence: fc.integer({ min: 1, max: 20 }),
});

it('the floor of a night is the highest sequence of a snapshot that begins no later', () => {
  const months = monthsOf({ start: FIRST, end: addDays(FIRST, 200) });
  fc.assert(
    fc.property(fc.array(snapshot, { maxLength: 6 }), fc.constantFrom(...months), (all, month) => {
      const floors = all.reduce(withFloor, [] as readonly SnapshotFloor[]);
      const expected = Array.from({ length: daysIn(month) }, (_, day) => {
        const covering = all.filter(({ first_date }) => first_date <= dateAt(month, day));
        return covering.length === 0 ? null : Math.max(...covering.map(({ sequence }) => sequence));
      });
      expect(nightlyFloors(floors, month)).toEqual(expected);
    }),
  );
});
