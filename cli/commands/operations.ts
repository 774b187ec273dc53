import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Operations } from '../../accounts/operations.ts';
import type { ConnectionId, TenantId } from '../../schemas/domain/ids.ts';
import { plainDate } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { DateRange } from '../../schemas/generated/types.ts';
import { withServices } from './with-services.ts';

interface Wish {
  readonly tenant: TenantId;
  readonly connection: ConnectionId;
  readonly by: string;
}

/** What people ask of a live connection: `parity connections full-sync`, `requeue`, `override`, `accept`. */
export function addOperations(connections: Command): void {
  add(connections, 'full-sync', 'send everything again; held nights stay', (operations, wish) =>
    operations.fullSync(wish.tenant, wish.connection, wish.by),
  );
  add(connections, 'requeue', 'try every refused value once more', (operations, wish) =>
    operations.requeue(wish.tenant, wish.connection, wish.by),
  );
  addWithNights(
    connections,
    'override',
    'take back nights that the channel holds for a reason of its own: they may open again',
    (operations, wish, nights) =>
      operations.override(wish.tenant, wish.connection, wish.by, nights),
  );
  addWithNights(
    connections,
    'accept',
    'take the hold of a channel over as a block, which closes the nights everywhere',
    async (operations, wish, nights) => {
      const block = await operations.accept(wish.tenant, wish.connection, wish.by, nights);
      process.stdout.write(`block ${block}\n`);
    },
  );
}

function add(
  connections: Command,
  name: string,
  description: string,
  run: (operations: Operations, wish: Wish) => Promise<void>,
): void {
  connections
    .command(`${name} <connection>`)
    .description(description)
    .requiredOption('--tenant <uuid>', 'whose')
    .action((connection: string, { tenant }: { tenant: string }) =>
      withServices(({ services }) => run(services.operations, wishOf(tenant, connection))),
    );
}

function addWithNights(
  connections: Command,
  name: string,
  description: string,
  run: (operations: Operations, wish: Wish, nights: DateRange) => Promise<void>,
): void {
  connections
    .command(`${name} <connection>`)
    .description(description)
    .requiredOption('--tenant <uuid>', 'whose')
    .requiredOption('--nights <from/to>', 'first night and day of departure: 2026-12-24/2026-12-27')
    .action((connection: string, { tenant, nights }: { tenant: string; nights: string }) =>
      withServices(({ services }) =>
        run(services.operations, wishOf(tenant, connection), nightsOf(nights)),
      ),
    );
}

function wishOf(tenant: string, connection: string): Wish {
  return {
    tenant: tenant as TenantId,
    connection: connection as ConnectionId,
    by: userInfo().username,
  };
}

/** @throws ParityError COMMAND_INVALID */
export function nightsOf(text: string): DateRange {
  const [start, end, ...rest] = text.split('/');
  try {
    if (start === undefined || end === undefined || rest.length > 0) throw new RangeError(text);
    return { start: plainDate(start), end: plainDate(end) };
  } catch (cause) {
    throw new ParityError(
      'COMMAND_INVALID',
      `"${text}" names no nights; write first night and day of departure, as in 2026-12-24/2026-12-27`,
      { cause },
    );
  }
}
