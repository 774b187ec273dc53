import { Command } from 'commander';
import { ParityError } from '../schemas/errors.ts';

/** Every command by its name. Only the one that is asked for is loaded: a pipeline that restarts pays for no simulator. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  run: async () => (await import('./commands/run.ts')).runCommand(),
  topology: async () => (await import('./commands/topology.ts')).topologyCommand(),
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand(),
  import: async () => (await import('./commands/import.ts')).importCommand(),
  connections: async () => (await import('./commands/connections.ts')).connectionsCommand(),
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand(),
};

const program = new Command('parity')
  .description(
    'Keeps the calendars, prices and bookings of every channel at parity with the property-management system.',
  )
  .showHelpAfterError('(parity --help shows the commands)');

const asked = COMMANDS[process.argv[2] ?? ''];
for (const load of asked ? [asked] : Object.values(COMMANDS)) program.addCommand(await load());

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof ParityError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
}
