import {
  airbnbBooking,
  bookingComBooking,
  bookOnExpedia,
  changes,
  directBooking,
  expediaBooking,
} from './everyday.ts';
import { furnish, goLive } from './going-live.ts';
import type { Summary } from './summary.ts';
import { injectDrift, summarise } from './summary.ts';
import type { Telling } from './telling.ts';
import { crash, outage } from './trouble.ts';

type Chapter = (telling: Telling) => Promise<void>;

/** A chapter that begins before the one that is told ahead of it: what goes on meanwhile is not waited for. */
interface Prepared {
  begin(telling: Telling): Chapter;
}

/** What can be told once the home is live, by name, in the order of telling. */
const CHAPTERS = {
  direct: directBooking,
  airbnb: airbnbBooking,
  booking: bookingComBooking,
  changes,
  outage,
  crash,
  expedia: {
    begin: (telling) => {
      const guest = bookOnExpedia(telling);
      return () => expediaBooking(telling, guest);
    },
  },
} as const satisfies Record<string, Chapter | Prepared>;

export type ChapterName = keyof typeof CHAPTERS;
export const CHAPTER_NAMES = Object.keys(CHAPTERS) as ChapterName[];

export interface StoryOptions {
  /** End by changing nights at the platforms, which nothing heals. */
  readonly drift: boolean;
  /** Which chapters to tell between going live and the comparison. */
  readonly chapters: readonly ChapterName[];
}

/** The told scenario: a home goes live, things happen to it, and every calendar is compared with the PMS. */
export async function tellStory(telling: Telling, options: StoryOptions): Promise<Summary> {
  await furnish(telling);
  await goLive(telling);
  await tellChapters(
    telling,
    CHAPTER_NAMES.filter((name) => options.chapters.includes(name)),
  );
  telling.narrator.chapter('Does every channel show what the PMS means?');
  await telling.parity();
  if (options.drift) {
    injectDrift(telling);
    telling.narrator.say(
      'two nights are changed on the channels behind our back; nothing heals them',
    );
  }
  const summary = await summarise(telling);
  telling.narrator.say(
    summary.parity
      ? 'yes: the same nights are open, at the right price and stay rules, for a year ahead'
      : `no: ${summary.differences} differences`,
  );
  return summary;
}

async function tellChapters(telling: Telling, names: readonly ChapterName[]): Promise<void> {
  const begun = new Map<ChapterName, Chapter>();
  const begin = (name: ChapterName | undefined) => {
    if (name === undefined || begun.has(name)) return;
    const chapter: Chapter | Prepared = CHAPTERS[name];
    begun.set(name, typeof chapter === 'function' ? chapter : chapter.begin(telling));
  };
  for (const [index, name] of names.entries()) {
    begin(name);
    begin(names[index + 1]);
    await begun.get(name)?.(telling);
  }
}
