import { airbnbBooking, bookingComBooking, changes, directBooking } from './everyday.ts';
import { furnish, goLive } from './going-live.ts';
import type { Summary } from './summary.ts';
import { injectDrift, summarise } from './summary.ts';
import type { Telling } from './telling.ts';
import { crash, outage } from './trouble.ts';

type Chapter = (telling: Telling) => Promise<void>;

/** What can be told once the home is live, by name, in the order of telling. */
const CHAPTERS = {
  direct: directBooking,
  airbnb: airbnbBooking,
  booking: bookingComBooking,
  changes,
  outage,
  crash,
} as const satisfies Record<string, Chapter>;

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
  for (const name of CHAPTER_NAMES) {
    if (options.chapters.includes(name)) await CHAPTERS[name](telling);
  }
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
