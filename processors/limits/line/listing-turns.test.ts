import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../connectors/contract.ts';
import { expediaConnector } from '../../../connectors/expedia/index.ts';
import type { ChannelType } from '../../../schemas/domain/ids.ts';
import type { RequestBudgets, RequestSlot, Taken } from '../request-budgets.ts';
import { ListingTurns } from './listing-turns.ts';
import type { Urgency } from './waiting-line.ts';

const CHANNEL = 'hotels' as ChannelType;
const manifest: Manifest = { ...expediaConnector.manifest, channel: CHANNEL };
const { listingConcurrency: _one, ...plain } = manifest;

/** Slots without end, or (`stingy`) only when asked for by `grant`. */
class Slots implements RequestBudgets {
  stingy = false;
  out = 0;
  readonly #line: ((slot: RequestSlot) => void)[] = [];

  take(_caller: object, _urgency: Urgency, granted: (slot: RequestSlot) => void): Taken {
    if (!this.stingy) return { kind: 'slot', slot: this.#slot() };
    this.#line.push(granted);
    const leave = () => this.#line.splice(this.#line.indexOf(granted), 1);
    return { kind: 'waiting', ticket: { hurry: () => undefined, leave } };
  }

  grant(): void {
    this.#line.shift()?.(this.#slot());
  }

  areSame(): boolean {
    return true;
  }

  refused(): boolean {
    return false;
  }

  #slot(): RequestSlot {
    this.out++;
    const end = () => {
      this.out--;
    };
    return { answered: end, unanswered: end, unused: end, mayLeave: () => true };
  }
}

function turnsOf(slots: Slots, declared: Manifest = manifest) {
  const turns = new ListingTurns(slots, () => declared);
  const begun: string[] = [];
  const held = new Map<string, RequestSlot>();
  const ask = (name: string, listing: string | null, urgency: Urgency = 'other'): Taken => {
    const begin = (slot: RequestSlot) => {
      begun.push(name);
      held.set(name, slot);
    };
    const taken = turns.take({ channel: CHANNEL, endpoint: null, listing }, urgency, begin);
    if (taken.kind === 'slot') begin(taken.slot);
    return taken;
  };
  return { turns, begun, ask, end: (name: string) => held.get(name)?.answered(0) };
}

describe('turns at a listing', () => {
  it('are one at a time, closings first, then in the order of asking; other listings do not wait', () => {
    const { begun, ask, end } = turnsOf(new Slots());
    ask('a', '500');
    ask('b', '500');
    ask('c', '500');
    ask('closing', '500', 'closing');
    ask('elsewhere', '600');
    expect(begun).toEqual(['a', 'elsewhere']);
    for (const name of ['a', 'closing', 'b']) end(name);
    expect(begun).toEqual(['a', 'elsewhere', 'closing', 'b', 'c']);
  });

  it('pass on when somebody leaves, in line or while it waits for a slot, and come sooner to who hurries', () => {
    const slots = new Slots();
    const { begun, ask, end } = turnsOf(slots);
    ask('a', '500');
    const gone = ask('gone', '500');
    const b = ask('b', '500');
    const late = ask('late', '500');
    if (gone.kind === 'waiting') gone.ticket.leave();
    if (late.kind === 'waiting') late.ticket.hurry('closing');
    slots.stingy = true;
    end('a');
    expect(begun).toEqual(['a']);
    if (late.kind === 'waiting') late.ticket.leave();
    slots.grant();
    expect(begun).toEqual(['a', 'b']);
    expect(b.kind).toBe('waiting');
  });

  it('are not needed where the platform names no number, nor without a listing', () => {
    const unlimited = turnsOf(new Slots(), plain);
    for (const name of ['a', 'b']) unlimited.ask(name, '500');
    expect(unlimited.begun).toEqual(['a', 'b']);
    const nowhere = turnsOf(new Slots());
    for (const name of ['a', 'b']) nowhere.ask(name, null);
    expect(nowhere.begun).toEqual(['a', 'b']);
  });

  it('tell requests to different listings apart', () => {
    const { turns } = turnsOf(new Slots());
    const to = (listing: string) => ({ channel: CHANNEL, endpoint: null, listing });
    expect(turns.areSame(to('500'), to('500'))).toBe(true);
    expect(turns.areSame(to('500'), to('600'))).toBe(false);
  });

  it('are never two, and none is lost, whatever is asked, hurried, left and ended', () => {
    const action = fc.record({
      kind: fc.constantFrom('ask', 'close', 'hurry', 'leave', 'end', 'grant', 'stingy'),
      at: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const slots = new Slots();
        const { begun, ask, end } = turnsOf(slots);
        const asked: Taken[] = [];
        const over = new Set<number>();
        const isOver = (at: number) => at >= asked.length || over.has(at);
        const hasBegun = (at: number) => begun.includes(String(at));
        for (const { kind, at } of actions) {
          const taken = asked[at];
          if (kind === 'ask' || kind === 'close')
            asked.push(ask(String(asked.length), '500', kind === 'ask' ? 'other' : 'closing'));
          else if (kind === 'grant') slots.grant();
          else if (kind === 'stingy') slots.stingy = at % 2 === 0;
          else if (isOver(at) || !taken) continue;
          else if (kind === 'end' && hasBegun(at)) {
            over.add(at);
            end(String(at));
          } else if (taken.kind === 'waiting' && !hasBegun(at)) {
            if (kind === 'hurry') taken.ticket.hurry('closing');
            if (kind === 'leave') {
              over.add(at);
              taken.ticket.leave();
            }
          }
          expect(slots.out).toBeLessThanOrEqual(1);
        }
        slots.stingy = false;
        for (let rest = 0; rest < asked.length; rest++) {
          slots.grant();
          asked.forEach((_, at) => {
            if (!isOver(at) && hasBegun(at)) {
              over.add(at);
              end(String(at));
            }
          });
        }
        expect(over.size).toBe(asked.length);
        expect(slots.out).toBe(0);
      }),
    );
  });
});
