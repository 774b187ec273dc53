import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { type LifecycleStep, TRANSITIONS } from '../../accounts/lifecycle.ts';
import type { ConnectionId, TenantId } from '../../schemas/domain/ids.ts';
import type { ConnectionRow } from '../../storage/ports/connections.ts';
import type { FullSyncState } from '../../storage/ports/sync-history.ts';
import { applySeed, parseSeed } from '../seed.ts';
import { fullSyncText } from './full-sync-progress.ts';
import { addOperations } from './operations.ts';
import { withServices } from './with-services.ts';

/** The command of each step, and where it leads. Where it may start from is in `TRANSITIONS`. */
const STEPS: Readonly<Record<LifecycleStep, { readonly command: string; readonly to: string }>> = {
  startImport: {
    command: 'import',
    to: 'importing: read the reservations that the channel has',
  },
  finishImport: { command: 'preview', to: 'preview: all of them are in; only closings leave' },
  activate: { command: 'activate', to: 'active: openings and prices may leave' },
  pause: {
    command: 'pause',
    to: 'paused: stop openings and prices; closings, imports and acknowledgements go on',
  },
  resume: { command: 'resume', to: 'active again' },
  disconnect: { command: 'disconnect', to: 'disconnected: end it and free its listing' },
  attach: { command: 'attach', to: 'pending, under a new incarnation' },
  reauthorize: { command: 'reauthorize', to: 'active, after the owner gave a new consent' },
};

const ORDER = `
Order of the steps: apply (pending), import (importing), preview, activate (active).
An active connection may pause and resume; disconnect ends it, attach begins anew;
one that has expired is reauthorized, or attached. What a live one can be asked:
full-sync, requeue, override, accept.`;

/** `parity connections`: the life of connections from the command line. */
export function connectionsCommand(): Command {
  const command = new Command('connections')
    .description(
      'Shows connections and moves them through their life: pending → importing → preview → active.',
    )
    .addHelpText(
      'after',
      `${ORDER}

Examples:
  parity connections list --tenant UUID
  parity connections apply seed.json
  parity connections activate --tenant UUID CONNECTION`,
    );
  command
    .command('list')
    .description('all connections of a tenant, and how far the latest full sync of each is')
    .requiredOption('--tenant <uuid>', 'whose')
    .action(({ tenant }: { tenant: string }) =>
      withServices(async ({ services }) => {
        const fullSyncs = await services.storage.history.fullSyncs(tenant as TenantId);
        for (const row of await services.connections.list(tenant as TenantId))
          print(row, fullSyncs.get(row.id));
      }),
    );
  command
    .command('apply <file>')
    .description(
      'create credentials and connections from a seed file (docs/connections.md) and take each as far as it says',
    )
    .action((file: string) =>
      withServices(async ({ services }) => {
        const seed = parseSeed(await readFile(file, 'utf8'), file);
        for (const row of await applySeed(services, seed)) print(row);
      }),
    );
  for (const step of Object.keys(STEPS) as LifecycleStep[]) addStep(command, step);
  addOperations(command);
  return command;
}

function addStep(connections: Command, step: LifecycleStep): void {
  const { command, to } = STEPS[step];
  const { from } = TRANSITIONS[step];
  connections
    .command(`${command} <connection>`)
    .description(`${from.length > 3 ? 'any phase' : from.join(' or ')} → ${to}`)
    .requiredOption('--tenant <uuid>', 'whose')
    .addHelpText('after', ORDER)
    .action((connection: string, { tenant }: { tenant: string }) =>
      withServices(async ({ services }) =>
        print(await services.connections[step](tenant as TenantId, connection as ConnectionId)),
      ),
    );
}

function print(row: ConnectionRow, fullSync?: FullSyncState): void {
  const error = row.errorMessage ? `  ${row.errorMessage}` : '';
  const progress = fullSync ? `  ${fullSyncText(fullSync)}` : '';
  process.stdout.write(
    `${row.id}  ${row.channel.padEnd(12)} ${row.listing.padEnd(12)} ${row.phase}${progress}${error}\n`,
  );
}
