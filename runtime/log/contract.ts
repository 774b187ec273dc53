import { afterAll, beforeAll, describe } from 'vitest';
import { adminContract } from './contract/admin.ts';
import { groupContract } from './contract/group.ts';
import { memberContract } from './contract/member.ts';
import { produceContract } from './contract/produce.ts';
import { readContract } from './contract/read.ts';
import { ContractWorld, type LogHarness } from './contract/world.ts';

export type { LogHarness } from './contract/world.ts';

/** The suite that every adapter of the EventLog must pass. */
export function eventLogContract(name: string, open: () => Promise<LogHarness>): void {
  describe(`EventLog contract: ${name}`, () => {
    const world = new ContractWorld();
    beforeAll(() => world.open(open));
    afterAll(() => world.close());
    produceContract(world);
    readContract(world);
    memberContract(world);
    groupContract(world);
    adminContract(world);
  });
}
