import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FieldName } from '../../schemas/generated/types.ts';
import type { Change } from '../contract.ts';
import { cellName, contextOf } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';
import { MEANINGS } from './codes.ts';
import { interpretExpedia } from './interpret.ts';
import { planExpedia } from './plan.ts';

const today = '2026-11-01' as PlainDate;
const connection = testConnection('expedia', '500', '5001', ['50011', '50012']);
const change = (day: string, field: FieldName, value: number, ratePlanId = '50011'): Change => ({
  night: `2026-12-${day}` as PlainDate,
  field,
  ratePlanId: field === 'availability' ? null : ratePlanId,
  value,
});
const CHANGES = [
  change('24', 'availability', 1),
  change('24', 'price', 14_000),
  change('24', 'price', 12_000, '50012'),
  change('24', 'min_stay_arrival', 5),
  change('25', 'price', 14_000),
  change('25', 'min_stay_arrival', 3),
];

const rs = (content: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<AvailRateUpdateRS xmlns="http://www.expediaconnect.com/EQC/AR/2007/02">${content}</AvailRateUpdateRS>`;
const notice = (name: string, code: number, text: string) =>
  `<${name} code="${code}">${text}</${name}>`;
const error = (code: number, text: string) => rs(notice('Error', code, text));
const warned = (...warnings: readonly (readonly [number, string])[]) =>
  rs(
    `<Success>${warnings.map(([code, text]) => notice('Warning', code, text)).join('')}</Success>`,
  );
const place = (day: string, plan?: string) =>
  `[Room Type ID 5001; ${plan ? `Rate Plan ID ${plan}; ` : ''}Stay Date 2026-12-${day}]`;
const COSTS = 'One or more costs provided are out of threshold for an identified room type.';

function interpret(body: string, changes: readonly Change[] = CHANGES, status = 200) {
  const [request] = planExpedia(connection, changes, contextOf(today, 'EUR', changes)).requests;
  if (!request) throw new Error('no request');
  const result = interpretExpedia(request, { status, headers: {}, body });
  const refused =
    'refused' in result ? result.refused.map((one) => `${cellName(one.change)} ${one.code}`) : [];
  return { ...result, refused };
}

describe('success of Expedia', () => {
  it.each([
    rs('<Success/>'),
    rs('<Success></Success>'),
    '<ns:AvailRateUpdateRS xmlns:ns="http://www.expediaconnect.com/EQC/AR/2007/02"><ns:Success/></ns:AvailRateUpdateRS>',
    '<AvailRateUpdateRS xmlns="http://www.expediaconnect.com/EQC/AR/2011/06"><Success/></AvailRateUpdateRS>',
  ])('is %s, whatever the namespace of the answer', (body) => {
    expect(interpret(body)).toMatchObject({ kind: 'applied' });
  });

  it('with warnings refuses exactly the named parts', () => {
    expect(interpret(warned([7013, `${place('24', '50012')} ${COSTS}`]))).toMatchObject({
      kind: 'partial',
      refused: ['2026-12-24 price 50012 CHANNEL_VALUE_REFUSED'],
    });
    const total = 'Unable to set total inventory below the current base allocation value (2).';
    expect(
      interpret(warned([7013, `Inventory date 2026-12-24; Room Type ID 5001; ${total}`])),
    ).toMatchObject({
      kind: 'partial',
      refused: ['2026-12-24 availability - CHANNEL_VALUE_REFUSED'],
    });
    expect(
      interpret(
        warned(
          [7013, `${place('24', '50011')} ${COSTS}`],
          [7019, `${place('25', '50011')} The minimum length of stay was ignored.`],
        ),
      ),
    ).toMatchObject({
      kind: 'partial',
      refused: [
        '2026-12-24 price 50011 CHANNEL_VALUE_REFUSED',
        '2026-12-25 min_stay_arrival 50011 CHANNEL_VALUE_REFUSED',
      ],
    });
  });

  it('gives the owner the words of the platform and what to do', () => {
    const [request] = planExpedia(connection, CHANGES, contextOf(today, 'EUR', CHANGES)).requests;
    const body = warned([7013, `${place('24', '50012')} ${COSTS}`]);
    const result = interpretExpedia(request!, { status: 200, headers: {}, body });
    expect(result).toMatchObject({
      refused: [{ advice: `7013: ${place('24', '50012')} ${COSTS} ${MEANINGS[7013]?.advice}.` }],
    });
  });

  it('means every night of a range that a warning names', () => {
    const text = '[Rate Plan ID 50011] Costs of 2026-12-23 to 2026-12-25 are out of threshold.';
    expect(interpret(warned([7013, text]))).toMatchObject({
      kind: 'partial',
      refused: [
        '2026-12-24 price 50011 CHANNEL_VALUE_REFUSED',
        '2026-12-25 price 50011 CHANNEL_VALUE_REFUSED',
      ],
    });
  });

  it.each([
    ['nobody', 'An update was ignored.'],
    ['a night with several fields', `${place('24', '50011')} An update was ignored.`],
    ['a night without the rate plan, of which two have the field', `${place('24')} ${COSTS}`],
    ['a rate plan that is none of ours', `${place('24', '60011')} ${COSTS}`],
    ['a night that is none of ours', `${place('30', '50011')} ${COSTS}`],
  ])('is in doubt where a warning names %s', (_who, text) => {
    expect(interpret(warned([7013, text]))).toMatchObject({
      kind: 'refused',
      partlyApplied: true,
      refused: [],
    });
  });

  it('keeps what is certain where another warning is in doubt', () => {
    const body = warned(
      [7013, `${place('24', '50012')} ${COSTS}`],
      [7010, 'Something was ignored.'],
    );
    expect(interpret(body)).toMatchObject({
      kind: 'refused',
      partlyApplied: true,
      refused: ['2026-12-24 price 50012 CHANNEL_VALUE_REFUSED'],
    });
  });

  it('blames what was alone', () => {
    const alone = [change('24', 'availability', 1)];
    expect(interpret(warned([7010, 'An update was ignored.']), alone)).toMatchObject({
      kind: 'partial',
      refused: ['2026-12-24 availability - CHANNEL_VALUE_REFUSED'],
    });
  });

  it('proves nothing of the rest when a code has 20 warnings', () => {
    const nights = Array.from({ length: 30 }, (_, day) => addDays(today, 10 + day));
    const prices = nights.map((night) => ({ ...change('24', 'price', 14_000), night }));
    const text = (night: string) => `[Rate Plan ID 50011; Stay Date ${night}] ${COSTS}`;
    const warnings = (count: number) =>
      nights.slice(0, count).map((night) => [7013, text(night)] as const);
    expect(interpret(warned(...warnings(19)), prices)).toMatchObject({ kind: 'partial' });
    const result = interpret(warned(...warnings(20)), prices);
    expect(result).toMatchObject({ kind: 'refused', partlyApplied: true });
    expect(result.refused).toHaveLength(20);
  });

  it('proves nothing of the rest when Expedia says that it left warnings out', () => {
    const text = `Remaining 3 warnings will not be returned. ${place('24', '50012')} ${COSTS}`;
    expect(interpret(warned([7013, text]))).toMatchObject({ kind: 'refused', partlyApplied: true });
  });
});

describe('errors of Expedia: nothing was stored', () => {
  it.each([
    [1000, 'Access denied', { kind: 'connection_fault', code: 'CHANNEL_FORBIDDEN' }],
    [1001, 'Authentication error', { kind: 'unauthorized' }],
    [1003, 'No access level', { kind: 'connection_fault', code: 'CHANNEL_FORBIDDEN' }],
    [2002, 'Parsing error', { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE' }],
    [2010, 'Namespace', { kind: 'connection_fault', code: 'CHANNEL_FORBIDDEN' }],
    [3202, 'Hotel ID 500', { kind: 'connection_fault', code: 'CHANNEL_LISTING_UNKNOWN' }],
    [3203, 'Room Type ID 5001', { kind: 'connection_fault', code: 'CHANNEL_LISTING_UNKNOWN' }],
    [3210, 'Connection refused', { kind: 'rate_limited', retryAfterMs: null, scope: 'connection' }],
    [4000, 'Maintenance', { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE' }],
    [6999, 'Network', { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE' }],
  ])('%i %s', (code, text, expected) => {
    expect(interpret(error(code, text))).toMatchObject({ ...expected, refused: [] });
    // It goes before any refusal of a field.
    const both = rs(notice('Error', 3204, 'Rate Plan ID 50012') + notice('Error', code, text));
    expect(interpret(both)).toMatchObject(expected);
  });

  it.each([
    [
      3020,
      'Start date 2026-12-24 is before yesterday',
      [
        'availability - CHANNEL_VALUE_REFUSED',
        'price 50011 CHANNEL_VALUE_REFUSED',
        'price 50012 CHANNEL_VALUE_REFUSED',
        'min_stay_arrival 50011 CHANNEL_VALUE_REFUSED',
      ],
    ],
    [3021, 'Start date after end date', []],
    [3090, 'Another pricing model (Rate Plan ID 50012)', ['price 50012 CONNECTION_UNSUPPORTED']],
    [3123, 'lengthOfStay is missing (Rate Plan ID 50012)', ['price 50012 CONNECTION_UNSUPPORTED']],
    [3204, 'Rate Plan ID 50012 is not valid', ['price 50012 RATE_PLAN_UNKNOWN']],
    [3204, 'The rate plan is not valid', []],
    [3205, 'Rate Plan ID 50012 is not one of this room', ['price 50012 RATE_PLAN_UNKNOWN']],
    [
      3135,
      'MinLOS value (5) exceeds Extranet auto-approval threshold (4) for length of stay.',
      ['min_stay_arrival 50011 CHANNEL_VALUE_REFUSED'],
    ],
    [3135, 'MinLOS is too high', []],
    [3107, 'Maximum allowable size is 5000 updates', []],
    [3405, 'Too large', []],
    [3010, 'Schema violation', []],
    [3999, 'Costs of Rate Plan ID 50012 on 2026-12-24', ['price 50012 CHANNEL_VALUE_REFUSED']],
  ])('%i %s blames %j', (code, text, expected) => {
    const result = interpret(error(code, text));
    expect(result).toMatchObject({
      kind: 'refused',
      refused: expected.map((cell) => `2026-12-24 ${cell}`),
    });
    expect(result).not.toHaveProperty('partlyApplied');
  });

  it.each([
    [3102, 'Currency is missing'],
    [3103, 'Currency USD is not the one of the hotel'],
  ])('%i blames all prices for the currency and nothing else', (code, text) => {
    expect(interpret(error(code, text))).toMatchObject({
      kind: 'refused',
      code: 'PRICE_CURRENCY_MISMATCH',
      refused: ['24', '24', '25'].map((day, at) =>
        expect.stringMatching(
          `^2026-12-${day} price 5001${at === 1 ? 2 : 1} PRICE_CURRENCY_MISMATCH$`,
        ),
      ),
    });
  });

  it('blames for each of several errors', () => {
    const body = rs(
      notice('Error', 3204, 'Rate Plan ID 50012 is not valid') +
        notice('Error', 3135, 'MinLOS value (5) exceeds Extranet auto-approval threshold (4)'),
    );
    expect(interpret(body).refused).toEqual([
      '2026-12-24 price 50012 RATE_PLAN_UNKNOWN',
      '2026-12-24 min_stay_arrival 50011 CHANNEL_VALUE_REFUSED',
    ]);
  });

  it('is refused at 400 too', () => {
    expect(interpret(error(3204, 'Rate Plan ID 50012'), CHANGES, 400)).toMatchObject({
      kind: 'refused',
      refused: ['2026-12-24 price 50012 RATE_PLAN_UNKNOWN'],
    });
  });
});

describe('anything else', () => {
  it.each([
    [429, '', 'rate_limited'],
    [200, '{"errors":[{"extensions":{"code":"RATE_LIMIT_EXCEEDED"}}]}', 'rate_limited'],
    [200, '<fault><code>RATE_LIMIT_EXCEEDED</code></fault>', 'rate_limited'],
    [401, '', 'unauthorized'],
    [403, '', 'connection_fault'],
    [404, '', 'connection_fault'],
    [500, rs('<Success/>'), 'unknown'],
    [503, '', 'unknown'],
    [302, '', 'unknown'],
    [400, '', 'unknown'],
    [200, '', 'unknown'],
    [200, '<html/>', 'unknown'],
    [200, rs('<Success/>').slice(0, -5), 'unknown'],
    [200, rs(''), 'unknown'],
    [200, '<BookingConfirmRS><Success/></BookingConfirmRS>', 'unknown'],
    [200, '<!DOCTYPE a><AvailRateUpdateRS><Success/></AvailRateUpdateRS>', 'unknown'],
  ])('%i %s is %s', (status, body, kind) => {
    expect(interpret(body, CHANGES, status).kind).toBe(kind);
  });
});

it('is explained in the README, code by code', () => {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  const rows = readme.match(/^\| \d{4} \|.*$/gm);
  expect(rows).toEqual(
    Object.entries(MEANINGS).map(
      ([code, { blame, code: ours, advice }]) => `| ${code} | ${blame} | ${ours} | ${advice} |`,
    ),
  );
});
