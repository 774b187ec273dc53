import { Command } from 'commander';
import type { PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import { importFile } from '../import/import-file.ts';
import { importProperty } from '../import/import-property.ts';
import { withServices } from './with-services.ts';

interface ImportOptions {
  readonly tenant: string;
  readonly property?: string[];
  readonly file?: string;
}

/** `parity import`: publishes `calendar.snapshot` for properties, from the SQL views or a file. */
export function importCommand(): Command {
  return new Command('import')
    .description(
      'Publishes the present calendar of properties as snapshots. Repeatable, and safe while events flow.',
    )
    .requiredOption('--tenant <uuid>', 'whose properties')
    .option('--property <uuid...>', 'only these; default: all of the tenant')
    .option(
      '--file <path>',
      'read one property from a JSON file instead of the views (shape: docs/import.md)',
    )
    .addHelpText(
      'after',
      `
The views are parity_import_properties, _bookings, _awaiting, _blocks, _prices and _restrictions; PMS-Core may redefine them.

Examples:
  parity import --tenant 7b1e8a4e-6f0c-4e0e-8a5e-0a2d8a7f1c01
  parity import --tenant 7b1e8a4e-6f0c-4e0e-8a5e-0a2d8a7f1c01 --file home.json`,
    )
    .action((options: ImportOptions) =>
      withServices(async ({ services, environment }) => {
        const { snapshots, outbox } = services.storage;
        const tenantId = options.tenant as TenantId;
        if (options.file) {
          const { propertyId, sequences } = await importFile(
            outbox,
            tenantId,
            options.file,
            environment,
          );
          process.stdout.write(`${propertyId}: published with sequences ${sequences.join(', ')}\n`);
          return;
        }
        const properties =
          (options.property as PropertyId[] | undefined) ?? (await snapshots.properties(tenantId));
        for (const propertyId of properties) {
          const done = await importProperty(snapshots, tenantId, propertyId, environment);
          process.stdout.write(
            `${propertyId}: ${done.bookings} bookings, ${done.blocks} blocks, ${done.pricedSpans} priced spans from ${done.firstDate} on\n`,
          );
        }
      }),
    );
}
