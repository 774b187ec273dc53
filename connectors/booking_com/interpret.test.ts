import { describe, expect, it } from 'vitest';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change } from '../contract.ts';
import { cellName, contextOf } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { interpretBooking } from './interpret.ts';
import { planBooking } from './plan.ts';

const today = '2026-11-01' as PlainDate;
const connection = testConnection('booking_com', '500', '700101', ['9001', '9002']);
const change = (day: string, field: FieldName, value: number, ratePlanId = '9001'): Change => ({
  night: `2026-12-${day}` as PlainDate,
  field,
  ratePlanId: field === 'availability' ? null : ratePlanId,
  value,
});
const CHANGES = [
  change('24', 'availability', 1),
  change('24', 'price', 14_000),
  change('24', 'price', 12_000, '9002'),
  change('25', 'price', 14_000),
  change('25', 'min_stay_through', 3),
];

function interpret(status: number, body: string, changes: readonly Change[] = CHANGES) {
  const [request] = planBooking(connection, changes, contextOf(today, 'EUR', changes)).requests;
  if (!request) throw new Error('no request');
  const result = interpretBooking(request, { status, headers: {}, body });
  const refused =
    'refused' in result ? result.refused.map((one) => `${cellName(one.change)} ${one.code}`) : [];
  return { ...result, refused };
}

const errors = (...list: readonly (readonly [string, string])[]) =>
  `<availability><errors>${list.map(([code, message]) => `<error><code>${code}</code><message>${message}</message></error>`).join('')}</errors></availability><!-- RUID: [x] -->`;

describe('answers of Booking.com', () => {
  it.each([
    '<ok/>',
    '<ok></ok>\n<!-- RUID: [x] -->',
    '<availability><warnings><warning><code>WARN_UNPROCESSED_ADDITIONAL_GUEST</code></warning></warnings></availability>',
  ])('%s is success', (body) => {
    expect(interpret(200, body)).toMatchObject({ kind: 'applied' });
  });

  it('blames the price of one rate plan alone', () => {
    const text = "Price '120.00' is not valid (room '700101', rate '9002', date '2026-12-24')";
    expect(interpret(200, errors(['PRICE_INVALID', text]))).toMatchObject({
      kind: 'partial',
      refused: ['2026-12-24 price 9002 CHANNEL_VALUE_REFUSED'],
    });
  });

  it('does not call a field applied whose update was refused for another field', () => {
    const text = "Price '140.00' is not valid (room '700101', rate '9001', date '2026-12-25')";
    expect(interpret(200, errors(['PRICE_INVALID', text]))).toMatchObject({
      kind: 'refused',
      partlyApplied: true,
      refused: ['2026-12-25 price 9001 CHANNEL_VALUE_REFUSED'],
    });
  });

  it('blames the room for an error that names no rate plan', () => {
    const text = "The value is not allowed (room '700101', date '2026-12-24')";
    expect(interpret(200, errors(['UPDATE_NOT_ALLOWED', text]))).toMatchObject({
      kind: 'partial',
      refused: ['2026-12-24 availability - CHANNEL_VALUE_REFUSED'],
    });
  });

  it('names nobody when nobody is named', () => {
    expect(interpret(200, errors(['PRICE_INVALID', "Price '140.00' is not valid"]))).toMatchObject({
      kind: 'refused',
      partlyApplied: true,
      refused: [],
    });
    expect(interpret(400, errors(['PRICE_INVALID', "Price '140.00' is not valid"]))).toEqual(
      expect.not.objectContaining({ partlyApplied: true }),
    );
    expect(interpret(400, 'no XML at all')).toMatchObject({ kind: 'refused', refused: [] });
  });

  it('blames what was alone', () => {
    expect(
      interpret(400, errors(['PRICE_INVALID', 'not valid']), [change('24', 'price', 1)]),
    ).toMatchObject({
      kind: 'refused',
      refused: ['2026-12-24 price 9001 CHANNEL_VALUE_REFUSED'],
    });
  });

  it('blames all of a rate plan that is unknown', () => {
    expect(
      interpret(200, errors(['RATE_ID_INVALID', "Rate ID '9002' is not valid"])),
    ).toMatchObject({
      kind: 'partial',
      refused: ['2026-12-24 price 9002 RATE_PLAN_UNKNOWN'],
    });
  });

  it('blames whole nights for their date', () => {
    expect(
      interpret(200, errors(['NOT_A_VALID_DATE', "'2026-12-25' is not a valid date"])),
    ).toMatchObject({
      kind: 'partial',
      refused: [
        '2026-12-25 price 9001 CHANNEL_VALUE_REFUSED',
        '2026-12-25 min_stay_through 9001 CHANNEL_VALUE_REFUSED',
      ],
    });
  });

  it('finds the connection at fault for its room', () => {
    expect(
      interpret(400, errors(['ROOM_ID_INVALID', "Room ID '700101' is not valid"])),
    ).toMatchObject({
      kind: 'connection_fault',
      code: 'CHANNEL_LISTING_UNKNOWN',
    });
  });

  it('does not take a room for the rate plan of the same id', () => {
    const same = { ...connection, room_id: '9002' };
    const [request] = planBooking(same, CHANGES, contextOf(today, 'EUR')).requests;
    if (!request) throw new Error('no request');
    const body = errors([
      'UPDATE_NOT_ALLOWED',
      "The value is not allowed (room '9002', date '2026-12-24')",
    ]);
    const result = interpretBooking(request, { status: 200, headers: {}, body });
    expect(result).toMatchObject({ kind: 'partial', refused: [{ change: CHANGES[0] }] });
  });

  it('takes duplicate dates for doubt, not for success', () => {
    const body =
      '<availability><warnings><warning><code>WARN_DUPLICATE_DATES</code><message>only the first</message></warning></warnings></availability>';
    expect(interpret(200, body)).toMatchObject({ kind: 'refused', partlyApplied: true });
  });

  it.each([
    [200, '', 'unknown'],
    [200, '<ok', 'unknown'],
    [200, '<html/>', 'unknown'],
    [200, '<availability/>', 'unknown'],
    [200, '<fault code="429" string="Too Many Requests"/>', 'rate_limited'],
    [200, '<fault code="503" string="x"/>', 'unknown'],
    [302, '', 'unknown'],
    [403, '<fault code="403" string="Forbidden"/>', 'connection_fault'],
    [500, '<ok/>', 'unknown'],
  ])('%i %s is %s', (status, body, kind) => {
    expect(interpret(status, body).kind).toBe(kind);
  });
});
