import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { ConnectionId, TenantId } from '../../schemas/domain/ids.ts';
import type { ConnectionRow } from '../../storage/ports/connections.ts';
import { applySeed, parseSeed } from '../seed.ts';
import type { Services } from '../services.ts';
import { withServices } from './with-services.ts';

type Step =
  | 'startImport'
  | 'finishImport'
  | 'activate'
  | 'pause'
  | 'resume'
  | 'disconnect'
  | 'attach'
  | 'reauthorize';

const STEPS: readonly { readonly command: string; readonly step: Step; readonly about: string }[] =
  [
    {
      command: 'import',
      step: 'startImport',
      about: 'pending → importing: read the reservations that the channel has',
    },
    {
      command: 'preview',
      step: 'finishImport',
      about: 'importing → preview: all of them are in; only closings leave',
    },
    {
      command: 'activate',
      step: 'activate',
      about: 'preview → active: openings and prices may leave',
    },
    {
      command: 'pause',
      step: 'pause',
      about: 'stop openings and prices; closings, imports and acknowledgements go on',
    },
    { command: 'resume', step: 'resume', about: 'paused → active' },
    { command: 'disconnect', step: 'disconnect', about: 'end it and free its listing' },
    {
      command: 'attach',
      step: 'attach',
      about: 'disconnected or expired → pending, under a new incarnation',
    },
    {
      command: 'reauthorize',
      step: 'reauthorize',
      about: 'expired → active, after the owner gave a new consent',
    },
  ];

/** `parity connections`: the life of connections from the command line. */
export function connectionsCommand(): Command {
  const command = new Command('connections')
    .description(
      'Shows connections and moves them through their life: pending → importing → preview → active.',
    )
    .addHelpText(
      'after',
      `
Examples:
  parity connections list --tenant UUID
  parity connections apply seed.json
  parity connections activate --tenant UUID CONNECTION`,
    );
  command
    .command('list')
    .description('all connections of a tenant')
    .requiredOption('--tenant <uuid>', 'whose')
    .action(({ tenant }: { tenant: string }) =>
      withServices(async ({ services }) => {
        for (const row of await services.connections.list(tenant as TenantId)) print(row);
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
  for (const { command: name, step, about } of STEPS) {
    command
      .command(`${name} <connection>`)
      .description(about)
      .requiredOption('--tenant <uuid>', 'whose')
      .action((connection: string, { tenant }: { tenant: string }) =>
        withServices(async ({ services }) =>
          print(await take(services, step, tenant as TenantId, connection as ConnectionId)),
        ),
      );
  }
  return command;
}

function take(
  services: Services,
  step: Step,
  tenant: TenantId,
  connection: ConnectionId,
): Promise<ConnectionRow> {
  return services.connections[step](tenant, connection);
}

function print(row: ConnectionRow): void {
  const error = row.errorMessage ? `  ${row.errorMessage}` : '';
  process.stdout.write(
    `${row.id}  ${row.channel.padEnd(12)} ${row.listing.padEnd(12)} ${row.phase}${error}\n`,
  );
}
