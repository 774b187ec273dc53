import { describe, expect, it } from 'vitest';
import type { LimitDeclaration } from '../../connectors/contract.ts';
import type { Caller } from './budget-names.ts';
import type { SendingProcess } from './testing/platform.ts';
import { CHANNEL, PlatformWorld } from './testing/platform.ts';

const MINUTE = 60_000;
const caller: Caller = {
  channel: CHANNEL,
  endpoint: 'a',
  listing: null,
  accountId: 'account',
  credentialId: 'machine',
};

function saturate(process: SendingProcess, senders: number) {
  const send = () => process.request(caller, 20, () => process.host.after(0, send));
  for (let number = 0; number < senders; number++) send();
}

/** Something else of the process keeps its lease alive, as any other account or hotel does. */
function live(process: SendingProcess) {
  const other: Caller = { ...caller, accountId: null, credentialId: null, listing: 'elsewhere' };
  const again = () => process.request(other, 20, () => process.host.after(1_000, again));
  again();
}

describe('a process that waited and waits no more', () => {
  it.each<[string, LimitDeclaration]>([
    ['shares', { scope: 'account', requests: 20, windowMs: 1_000 }],
    ['drawn slots', { scope: 'credential', requests: 120, windowMs: MINUTE }],
  ])('%s: what it wanted is no longer kept from the others', async (_name, limit) => {
    const world = new PlatformWorld([limit, { scope: 'listing', requests: 5, windowMs: 1_000 }]);
    const busy = world.start();
    saturate(busy, 60);
    await world.time.advance(2 * MINUTE);
    const leaving = world.start();
    live(leaving);
    await world.time.advance(5_000);
    // Its connections stand in line; then its partition goes to another process, and they give up.
    const tickets = Array.from({ length: 60 }, () =>
      leaving.budgets.take(caller, 'other', (slot) => slot.unused()),
    );
    await world.time.advance(60);
    for (const taken of tickets) if (taken.kind === 'waiting') taken.ticket.leave();
    await world.time.advance(3 * MINUTE);
    const from = world.time.elapsed;
    // A window is used at once, so that one more or less of them falls into the time that is looked at.
    await world.time.advance(40 * MINUTE);
    const sent = world.sent.filter(({ at, caller: of }) => at >= from && of === caller).length;
    const used = sent / ((limit.requests * (world.time.elapsed - from)) / limit.windowMs);
    expect(world.violations()).toEqual([]);
    expect(used).toBeGreaterThanOrEqual(0.95);
  });
});
