import { Command } from 'commander';
import { ParityError } from '../schemas/errors.ts';
import { connectionsCommand } from './commands/connections.ts';
import { importCommand } from './commands/import.ts';
import { migrateCommand } from './commands/migrate.ts';
import { runCommand } from './commands/run.ts';
import { topologyCommand } from './commands/topology.ts';
import { upCommand } from './commands/up.ts';

const program = new Command('parity')
  .description(
    'Keeps the calendars, prices and bookings of every channel at parity with the property-management system.',
  )
  .showHelpAfterError('(parity --help shows the commands)')
  .configureHelp({ sortSubcommands: false });

for (const command of [
  upCommand(),
  runCommand(),
  topologyCommand(),
  migrateCommand(),
  importCommand(),
  connectionsCommand(),
])
  program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof ParityError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
}
