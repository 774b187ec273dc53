import { describe, expect, it } from 'vitest';
import type { Cell } from './field-state.ts';
import {
  accepted,
  adopted,
  ambiguous,
  applied,
  doubted,
  fullSync,
  held,
  NEVER_SENT,
  ofAnotherListing,
  overridden,
  quarantineEnded,
  rechecked,
  refused,
  requeued,
  reverted,
  sent,
  underNewIncarnation,
  unproven,
  unsendable,
} from './field-state.ts';

const NOW = 1_000_000;

/** Every state, and `closing`: our closing of a held night is out. */
const CELLS = {
  uncertain: NEVER_SENT,
  known: { ...NEVER_SENT, state: 'known', value: 5 },
  in_flight: { ...NEVER_SENT, state: 'in_flight', value: 6 },
  unsettled: { ...NEVER_SENT, state: 'unsettled', value: 5, quarantined: true },
  rejected: { ...NEVER_SENT, state: 'rejected', value: 7, code: 'NO', advice: 'no' },
  held: { ...NEVER_SENT, state: 'held', code: 'HELD' },
  closing: { ...NEVER_SENT, state: 'in_flight', value: 0, code: 'HELD' },
} as const satisfies Record<string, Cell>;
type State = keyof typeof CELLS;
const STATES = Object.keys(CELLS) as State[];

const TRANSITIONS: Readonly<Record<string, (cell: Cell) => Cell>> = {
  sent: (cell) => sent(cell, 8, 3),
  applied: (cell) => applied(cell, NOW, true),
  refused: (cell) => refused(cell, 'CODE', 'advice'),
  unsendable: (cell) => unsendable(cell, 9, 'CODE', 'advice'),
  reverted: (cell) => reverted(cell, cell.code === 'HELD' ? CELLS.held : CELLS.known),
  unproven: (cell) => unproven(cell, NOW, true),
  ambiguous: (cell) => ambiguous(cell, NOW, true),
  'quarantine ended': (cell) => quarantineEnded({ ...cell, quarantined: true }),
  'rechecked by a finding': (cell) => rechecked(cell, false),
  'rechecked after a lost lease': (cell) => rechecked(cell, true),
  'under a new incarnation': underNewIncarnation,
  'full sync': fullSync,
  'of another listing': ofAnotherListing,
  held: (cell) => held(cell, 'HELD'),
  overridden: overridden,
  accepted: accepted,
  requeued: requeued,
  adopted: (cell) => adopted(cell, NOW, true),
  doubted: doubted,
};

/** Where each transition leads, from each state in the order of `CELLS`. */
const TABLE: Readonly<Record<string, string>> = {
  // from:                         uncertain known     in_flight unsettled rejected  held      closing
  sent: /*                      */ 'in_flight in_flight in_flight in_flight in_flight closing   closing',
  applied:
    /*                   */ 'uncertain known     known     unsettled rejected  held      held',
  refused:
    /*                   */ 'uncertain known     rejected  unsettled rejected  held      held',
  unsendable:
    /*                */ 'rejected  rejected  in_flight rejected  rejected  held      closing',
  reverted:
    /*                  */ 'uncertain known     known     unsettled rejected  held      held',
  unproven:
    /*                  */ 'uncertain known     uncertain unsettled rejected  held      held',
  ambiguous:
    /*                 */ 'uncertain known     uncertain unsettled rejected  held      held',
  'quarantine ended':
    /*        */ 'uncertain uncertain in_flight uncertain rejected  held      closing',
  'rechecked by a finding':
    /*  */ 'uncertain uncertain in_flight uncertain rejected  held      closing',
  'rechecked after a lost lease':
    'uncertain uncertain in_flight uncertain rejected  held      closing',
  'under a new incarnation':
    /* */ 'uncertain uncertain in_flight uncertain uncertain held      closing',
  'full sync':
    /*               */ 'uncertain uncertain in_flight uncertain uncertain held      closing',
  'of another listing':
    /*      */ 'uncertain uncertain uncertain uncertain uncertain uncertain uncertain',
  held: /*                      */ 'held      held      held      held      held      held      held',
  overridden:
    /*                */ 'uncertain known     in_flight unsettled rejected  uncertain in_flight',
  accepted:
    /*                  */ 'uncertain known     in_flight unsettled rejected  held      closing',
  requeued:
    /*                  */ 'uncertain known     in_flight unsettled uncertain held      closing',
  adopted:
    /*                   */ 'uncertain known     uncertain unsettled rejected  held      held',
  doubted:
    /*                   */ 'uncertain uncertain uncertain uncertain uncertain held      held',
};

function stateOf(cell: Cell): State {
  return cell.state === 'in_flight' && cell.code !== null ? 'closing' : cell.state;
}

describe('field states', () => {
  it('an accepted hold ends with a closing that leaves after it, and with no other', () => {
    const hold = accepted(CELLS.held);
    expect(sent(hold, 1, 0).code).toBe('HOLD_ACCEPTED');
    expect(applied(sent(hold, 0, 0), NOW, false)).toMatchObject({ state: 'known', value: 0 });
    const underWay = applied(accepted(CELLS.closing), NOW, false);
    expect(underWay).toMatchObject({ state: 'held', value: null, code: 'HOLD_ACCEPTED' });
    expect(applied(sent(underWay, 0, 0), NOW, false).state).toBe('known');
  });

  it('the table names every transition', () => {
    expect(Object.keys(TABLE)).toEqual(Object.keys(TRANSITIONS));
  });

  for (const [name, transition] of Object.entries(TRANSITIONS)) {
    const expected = (TABLE[name] ?? '').split(/\s+/);
    for (const [index, state] of STATES.entries())
      it(`${state} -(${name})-> ${expected[index]}`, () => {
        expect(stateOf(transition(CELLS[state]))).toBe(expected[index]);
      });
  }
});

describe('what a field remembers', () => {
  const moves = Object.entries(TRANSITIONS);

  it('a quarantine, through everything but its end (not while it is out) and another listing', () => {
    for (const [name, move] of moves)
      for (const state of STATES) {
        const isOut = state === 'in_flight' || state === 'closing';
        const forgets = name === 'of another listing' || (name === 'quarantine ended' && !isOut);
        const next = move({ ...CELLS[state], quarantined: true });
        expect([name, state, next.quarantined]).toEqual([name, state, !forgets]);
      }
  });

  it('a hold, through everything but an override and another listing', () => {
    for (const [name, move] of moves)
      for (const state of ['held', 'closing'] as const)
        if (!['overridden', 'accepted', 'of another listing'].includes(name))
          expect([name, state, move(CELLS[state]).code]).toEqual([name, state, 'HELD']);
  });

  it('a value only where it is known, out, unsettled, rejected, or our closing of a held night', () => {
    for (const [name, move] of moves)
      for (const state of STATES) {
        const next = move(CELLS[state]);
        if (next.state === 'uncertain')
          expect([name, state, next.value]).toEqual([name, state, null]);
        if (next.state === 'held') expect([null, 0]).toContain(next.value);
      }
  });

  it('when it was last put on sale, also when nobody knows whether it was', () => {
    expect(applied(CELLS.in_flight, NOW, true).opened_at).toBe(NOW);
    expect(ambiguous(CELLS.in_flight, NOW, true).opened_at).toBe(NOW);
    expect(unproven(CELLS.in_flight, NOW, true).opened_at).toBe(NOW);
    expect(adopted({ ...CELLS.in_flight, value: 1 }, NOW, true).opened_at).toBe(NOW);
    expect(applied({ ...CELLS.in_flight, opened_at: 5 }, NOW, false).opened_at).toBe(5);
    expect(reverted({ ...CELLS.in_flight, opened_at: 9 }, CELLS.known).opened_at).toBeNull();
  });

  it('the released sequence under which it was sent', () => {
    expect(applied(sent(CELLS.known, 1, 42), NOW, true)).toMatchObject({ released: 42, value: 1 });
    expect(reverted(sent(CELLS.known, 1, 42), CELLS.known).released).toBe(0);
  });

  it('a success inside a quarantine as unsettled, and a quarantine that began under way', () => {
    expect(applied({ ...CELLS.in_flight, quarantined: true }, NOW, false)).toMatchObject({
      state: 'unsettled',
      value: 6,
    });
    expect(reverted({ ...CELLS.in_flight, quarantined: true }, CELLS.known)).toMatchObject({
      state: 'uncertain',
      quarantined: true,
    });
  });

  it('transitions without effect change nothing, so that nothing is written', () => {
    expect(quarantineEnded(CELLS.known)).toBe(CELLS.known);
    expect(overridden(CELLS.known)).toBe(CELLS.known);
    expect(requeued(CELLS.known)).toBe(CELLS.known);
    expect(fullSync(NEVER_SENT)).toBe(NEVER_SENT);
    expect(rechecked(CELLS.held, false)).toBe(CELLS.held);
  });
});
