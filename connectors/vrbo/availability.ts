import { addDays, daysBetween, nightsOf, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { Observation } from '../contract.ts';
import type { DocumentView } from '../documents.ts';
import { path, type XmlElement, xml } from '../notation/xml.ts';
import { LONGEST_STAY_NIGHTS, RANGE_DAYS_MAX } from './manifest.ts';
import { dateOf, document, leaf, malformed, readUnitDocument, unitIds } from './wire.ts';

const ROOT = 'unitAvailabilityContent';

/** What one day of the calendar says. */
interface Day {
  readonly units: number;
  readonly arrival: boolean;
  readonly departure: boolean;
  /** 0: none. */
  readonly minStay: number;
  readonly maxStay: number;
}

/**
 * The calendar of a unit: lists with one entry for each day from `beginDate` to `endDate`, both inclusive. Beyond the range everything is
 * closed: the platform's own default is open.
 */
export function availabilityDocument(connection: Connection, view: DocumentView): string {
  const last = addDays(view.today, view.days - 1);
  const days = nightsOf({ start: view.today, end: addDays(last, 1) }).map((night) =>
    dayOf(connection, view, night),
  );
  const each = (text: (day: Day) => string | number) => days.map(text);
  const configuration = xml('unitAvailabilityConfiguration', {}, [
    leaf('availability', each(({ units }) => (units > 0 ? 'Y' : 'N')).join('')),
    leaf('availableUnitCount', each(({ units }) => units).join()),
    leaf('changeOver', each(changeOverOf).join('')),
    leaf('maxStay', each(({ maxStay }) => maxStay).join()),
    leaf('minPriorNotify', each(() => 0).join()),
    leaf('minStay', each(({ minStay }) => minStay).join()),
  ]);
  const unit = xml('unitAvailability', {}, [
    leaf('availabilityDefault', 'N'),
    leaf('changeOverDefault', 'X'),
    xml('dateRange', {}, [leaf('beginDate', view.today), leaf('endDate', last)]),
    leaf('maxStayDefault', String(LONGEST_STAY_NIGHTS)),
    leaf('minPriorNotifyDefault', '0'),
    leaf('minStayDefault', '0'),
    configuration,
  ]);
  return document(xml(ROOT, {}, [...unitIds(connection), unit]));
}

/** A stay that cannot be as short as the platform's longest cannot begin there. */
function dayOf(connection: Connection, view: DocumentView, night: PlainDate): Day {
  const plan = connection.rate_plans[0]?.rate_plan_id ?? null;
  const rule = (field: Parameters<DocumentView['value']>[1]) => view.value(night, field, plan) ?? 0;
  const minStay = rule('min_stay_arrival');
  const maxStay = rule('max_stay');
  return {
    units: view.value(night, 'availability', null) ?? 0,
    arrival: rule('closed_to_arrival') === 0 && minStay <= LONGEST_STAY_NIGHTS,
    departure: rule('closed_to_departure') === 0,
    minStay: Math.min(minStay, LONGEST_STAY_NIGHTS),
    maxStay: maxStay === 0 ? LONGEST_STAY_NIGHTS : Math.min(maxStay, LONGEST_STAY_NIGHTS),
  };
}

/** C both, I check-in only, O check-out only, X none. */
function changeOverOf({ arrival, departure }: Day): string {
  if (arrival) return departure ? 'C' : 'I';
  return departure ? 'O' : 'X';
}

/**
 * What a calendar shows. The longest stay reads as no rule: so it was written.
 * @throws ParityError CHANNEL_RESPONSE_MALFORMED
 */
export function readAvailability(connection: Connection, body: string): Observation[] {
  const root = readUnitDocument(connection, body, ROOT);
  if (root === null) return [];
  const unit = path(root, 'unitAvailability');
  const range = path(unit, 'dateRange');
  const start = dateOf(range, 'beginDate');
  const length = daysBetween(start, dateOf(range, 'endDate')) + 1;
  if (length < 1 || length > RANGE_DAYS_MAX) throw malformed(`a range of ${length} days`);
  const lists = path(unit, 'unitAvailabilityConfiguration');
  const letters = lettersOf(lists, 'availability', length, /^[YN]*$/);
  const units = numbersOf(lists, 'availableUnitCount', length);
  const changeOver = lettersOf(lists, 'changeOver', length, /^[CIOX]*$/);
  const minStay = numbersOf(lists, 'minStay', length);
  const maxStay = numbersOf(lists, 'maxStay', length);
  const ratePlanId = connection.rate_plans[0]?.rate_plan_id ?? null;
  return letters.flatMap((letter, day): Observation[] => {
    const night = addDays(start, day);
    const change = changeOver[day] ?? 'X';
    const longest = maxStay[day] ?? 0;
    const rules: Observation[] = [
      { night, field: 'min_stay_arrival', ratePlanId, value: minStay[day] ?? 0 },
      { night, field: 'max_stay', ratePlanId, value: longest >= LONGEST_STAY_NIGHTS ? 0 : longest },
      { night, field: 'closed_to_arrival', ratePlanId, value: 'CI'.includes(change) ? 0 : 1 },
      { night, field: 'closed_to_departure', ratePlanId, value: 'CO'.includes(change) ? 0 : 1 },
    ];
    const open = letter === 'Y' ? (units[day] ?? 0) : 0;
    return [
      { night, field: 'availability', ratePlanId: null, value: open },
      ...(ratePlanId === null ? [] : rules),
    ];
  });
}

function lettersOf(
  lists: XmlElement | undefined,
  name: string,
  length: number,
  shape: RegExp,
): string[] {
  const text = path(lists, name)?.text ?? '';
  if (text.length !== length || !shape.test(text)) throw malformed(`${name} is not ${length} days`);
  return [...text];
}

function numbersOf(lists: XmlElement | undefined, name: string, length: number): number[] {
  const numbers = (path(lists, name)?.text ?? '').split(',').map(Number);
  if (numbers.length !== length || !numbers.every((one) => Number.isInteger(one) && one >= 0))
    throw malformed(`${name} is not ${length} numbers`);
  return numbers;
}
