import { expect, it } from 'vitest';
import { allowedIn, possibleOf } from './capacity.ts';

it('a window allows its limit once per length, and at least once', () => {
  expect(allowedIn(60_000, { requests: 8, windowMs: 1_000 })).toBe(480);
  expect(allowedIn(60_000, { requests: 700, windowMs: 60_000 })).toBe(700);
  // Five minutes are not over within one: all of it may go.
  expect(allowedIn(60_000, { requests: 20_000, windowMs: 300_000 })).toBe(20_000);
});

const budget = (name: string, allows: number) => ({ name, allows });

it('who shares nothing has what is its own', () => {
  expect(possibleOf([])).toBe(0);
  expect(
    possibleOf([
      { own: 3, budgets: [] },
      { own: 4, budgets: [] },
    ]),
  ).toBe(7);
});

it('a budget holds those who share it together, and no others', () => {
  const shared = [budget('user', 50)];
  expect(
    possibleOf([
      { own: 45, budgets: shared },
      { own: 45, budgets: shared },
    ]),
  ).toBe(50);
  expect(
    possibleOf([
      { own: 20, budgets: shared },
      { own: 20, budgets: shared },
    ]),
  ).toBe(40);
  expect(
    possibleOf([
      { own: 45, budgets: shared },
      { own: 45, budgets: [budget('another user', 50)] },
    ]),
  ).toBe(90);
});

it('narrow budgets are used up before wide ones count, whoever has none of the narrow ones', () => {
  const account = budget('account', 30);
  const members = [
    { own: 20, budgets: [budget('listing 1', 5), account] },
    { own: 20, budgets: [budget('listing 2', 8), account] },
    { own: 4, budgets: [account] },
  ];
  expect(possibleOf(members)).toBe(17);
  expect(possibleOf([...members, { own: 20, budgets: [account] }])).toBe(30);
});

it('refuses budgets of which each is the wider one of the other', () => {
  const [a, b] = [budget('a', 1), budget('b', 1)];
  expect(() =>
    possibleOf([
      { own: 1, budgets: [a, b] },
      { own: 1, budgets: [b, a] },
    ]),
  ).toThrow(RangeError);
});
