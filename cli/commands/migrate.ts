import { Command } from 'commander';
import { ParityError } from '../../schemas/errors.ts';
import { migrate } from '../../storage/migrate.ts';

/** `parity migrate`: brings the database to the schema of this build. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'Applies the migrations of this build to PostgreSQL. The login needs BYPASSRLS and the right to create roles.',
    )
    .option('--url <url>', 'PostgreSQL; default: PARITY_POSTGRES_URL')
    .addHelpText(
      'after',
      `
Example:
  parity migrate --url postgres://owner@localhost:5432/parity`,
    )
    .action(async ({ url = process.env.PARITY_POSTGRES_URL }: { url?: string }) => {
      if (!url) throw new ParityError('CONFIG_INVALID', 'PARITY_POSTGRES_URL is missing');
      const { applied, present } = await migrate(url);
      process.stdout.write(`${applied.length} applied, ${present.length} were there\n`);
      for (const name of applied) process.stdout.write(`  ${name}\n`);
    });
}
