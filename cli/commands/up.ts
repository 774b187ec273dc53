import { Command, Option } from 'commander';
import { watchLauncher } from '../../local/launcher.ts';
import { GUEST_PROPERTY, SALES, TENANT } from '../../local/scenario/home.ts';
import { Narrator } from '../../local/scenario/narrator.ts';
import { tellStory } from '../../local/scenario/story.ts';
import { Telling } from '../../local/scenario/telling.ts';
import type { StackKind } from '../../local/stack.ts';
import { STACK_KINDS } from '../../local/stack.ts';
import type { World } from '../up/world.ts';
import { createWorld } from '../up/world.ts';

interface UpOptions {
  readonly once?: true;
  readonly json?: true;
  readonly drift?: true;
  readonly quiet?: true;
  readonly stack?: StackKind;
}

/** `parity up`: stack, simulated channels and pipeline on this machine, and the told scenario over them. */
export function upCommand(): Command {
  return new Command('up')
    .description(
      'Brings up Kafka, registry, PostgreSQL, simulated channels and the pipeline, tells the story, and stays up.',
    )
    .option(
      '--once',
      'end after the story; the last line is a JSON summary, and the exit code is 1 without parity',
    )
    .option('--json', 'print the addresses as one JSON line once everything is up')
    .option('--quiet', 'no story: only bring everything up')
    .option(
      '--drift',
      'end the story by changing nights on the channels, which the comparison must find',
    )
    .addOption(
      new Option(
        '--stack <kind>',
        'which backend; default: PARITY_STACK, else what the machine has',
      ).choices(STACK_KINDS),
    )
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => resolve('interrupted'));
    watchLauncher(() => resolve('interrupted'));
  });
  const starting = createWorld({
    onProgress: (line) => process.stderr.write(`${line}\n`),
    logLevel: 'error',
    ...(options.stack ? { kind: options.stack } : {}),
  });
  const first = await Promise.race([starting, interrupted]);
  const world = first === 'interrupted' ? await starting : first;
  try {
    if (first !== 'interrupted')
      await Promise.race([show(world, options, interrupted), world.pipeline.failed]);
  } finally {
    await world.stop();
  }
}

async function show(
  world: World,
  options: UpOptions,
  interrupted: Promise<'interrupted'>,
): Promise<void> {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const telling = new Telling(world, new Narrator(print, () => performance.now()));
  try {
    if (!options.quiet) {
      const story = tellStory(telling, { drift: options.drift === true });
      story.catch(() => undefined);
      const summary = await Promise.race([story, interrupted]);
      if (summary === 'interrupted') return;
      if (!summary.parity) process.exitCode = 1;
      print(options.once ? JSON.stringify(summary) : `\n${JSON.stringify(summary, null, 2)}`);
      if (options.once) return;
    }
    if (options.json) print(JSON.stringify(addresses(world)));
    else printAddresses(world, print);
    await interrupted;
  } finally {
    await telling.close();
  }
}

function addresses(world: World) {
  const { stack, pipeline, airbnb, booking } = world;
  return {
    stack: stack.kind,
    brokers: stack.brokers,
    registryUrl: stack.registryUrl,
    postgresUrl: stack.postgresUrl,
    ...pipeline.addresses,
    airbnbUrl: airbnb.url,
    airbnbControlUrl: `${airbnb.url}/_control`,
    bookingComUrl: booking.url,
    bookingComControlUrl: `${booking.url}/_control`,
    guest: {
      tenantId: TENANT,
      propertyId: GUEST_PROPERTY,
      airbnbListing: SALES.guestAirbnb.listing,
    },
  };
}

function printAddresses(world: World, print: (line: string) => void): void {
  print('\nUp. Where to look:');
  for (const [name, value] of Object.entries(addresses(world))) {
    print(`  ${name.padEnd(20)} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  }
  print(
    '\nProduce to pms.events with any Kafka client and see the calendar change (examples/pms_client.py). Ctrl-C ends everything.',
  );
}
