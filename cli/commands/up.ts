import { Command, InvalidArgumentError, Option } from 'commander';
import { watchLauncher } from '../../local/launcher.ts';
import type { StackKind } from '../../local/stack.ts';
import { STACK_KINDS } from '../../local/stack.ts';
import { openAccounts } from '../story/accounts.ts';
import { Narrator } from '../story/narrator.ts';
import { openSpareHomes } from '../story/spare-homes.ts';
import type { ChapterName } from '../story/story.ts';
import { CHAPTER_NAMES, tellStory } from '../story/story.ts';
import { Telling } from '../story/telling.ts';
import { addressesOf, addressLines } from '../up/addresses.ts';
import type { World } from '../up/world.ts';
import { createWorld } from '../up/world.ts';

interface UpOptions {
  readonly once?: true;
  readonly json?: true;
  readonly drift?: true;
  readonly quiet?: true;
  readonly stack?: StackKind;
  readonly chapters: readonly ChapterName[];
}

/** What a shell reports for a program that Ctrl-C ended. */
const INTERRUPTED = 130;
/** Longer than an orderly end takes. What is left then ends with this process. */
const END_MS = 30_000;

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
    .option(
      '--json',
      'print the addresses as one JSON line once everything is up, and nothing but JSON on stdout',
    )
    .option('--quiet', 'no story: only bring everything up')
    .option(
      '--drift',
      'end the story by changing nights on the channels, which the comparison must find',
    )
    .addOption(
      new Option('--chapters <list>', 'which chapters to tell after the home is live')
        .argParser(chaptersOf)
        .default(CHAPTER_NAMES, 'all: outage and crash take two minutes'),
    )
    .addOption(
      new Option(
        '--stack <kind>',
        'which backend; default: PARITY_STACK, else what the machine has',
      ).choices(STACK_KINDS),
    )
    .addHelpText(
      'after',
      `
Chapters: ${CHAPTER_NAMES.join(', ')}.

Examples:
  parity up                               the story, then it stays up until Ctrl-C
  parity up --once                        the story, then it ends; for a script
  parity up --once --chapters direct      the quickest look
  parity up --quiet --json                everything up, for other clients (examples/pms_client.py)`,
    )
    .action(up);
}

function chaptersOf(text: string): ChapterName[] {
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => !(CHAPTER_NAMES as string[]).includes(name));
  if (unknown.length > 0) throw new InvalidArgumentError(`There are ${CHAPTER_NAMES.join(', ')}.`);
  return names as ChapterName[];
}

async function up(options: UpOptions): Promise<void> {
  // Before everything is up there is nothing to end in order: stack and pipeline end when this process is gone.
  let interrupt: () => void = () => process.exit(INTERRUPTED);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt());
  watchLauncher(() => interrupt());
  const startedAt = performance.now();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const world = await createWorld({
    onProgress: say,
    logLevel: 'error',
    ...(options.stack ? { kind: options.stack } : {}),
  });
  const interrupted = new Promise<'interrupted'>((resolve) => {
    interrupt = () => {
      say('Ending everything ...');
      resolve('interrupted');
    };
  });
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const narrator = new Narrator(options.json ? say : print, () => performance.now());
  const telling = new Telling(world, narrator);
  try {
    const told = show(telling, options, startedAt);
    // Whoever wins the race below, a defect of the story is not left unhandled.
    told.catch(() => undefined);
    const first = await Promise.race([told, interrupted, world.pipeline.failed]);
    if (first === 'interrupted' && options.once) process.exitCode = INTERRUPTED;
    if (first !== 'interrupted' && !options.once)
      await Promise.race([interrupted, world.pipeline.failed]);
  } finally {
    setTimeout(() => process.exit(), END_MS).unref();
    await telling.close();
    await world.stop();
  }
}

/** Where to look, and the story. */
async function show(telling: Telling, options: UpOptions, startedAt: number): Promise<void> {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const { world } = telling;
  await openAccounts(telling);
  await openSpareHomes(telling);
  const took = ((performance.now() - startedAt) / 1_000).toFixed(0);
  if (options.json) print(JSON.stringify(addressesOf(world)));
  else for (const line of addressLines(world, took, telling.today)) print(line);
  if (!options.quiet) await tell(telling, options, print);
  if (!options.once && !options.json) print(farewell(world));
}

async function tell(
  telling: Telling,
  options: UpOptions,
  print: (line: string) => void,
): Promise<void> {
  const summary = await tellStory(telling, {
    drift: options.drift === true,
    chapters: options.chapters,
  });
  if (!summary.parity) process.exitCode = 1;
  const inWords = !options.once && !options.json;
  print(inWords ? `\n${JSON.stringify(summary, null, 2)}` : JSON.stringify(summary));
}

function farewell({ stack }: World): string {
  const clients =
    stack.brokers.length > 0
      ? 'Any Kafka client can now produce to pms.events and see a calendar change: examples/README.md shows how. '
      : '';
  return `\nEverything stays up. ${clients}Ctrl-C ends it and leaves nothing behind.`;
}
