import { airbnbBooking, bookingComBooking, changes, directBooking } from './everyday.ts';
import { furnish, goLive } from './going-live.ts';
import type { Summary } from './summary.ts';
import { injectDrift, summarise } from './summary.ts';
import type { Telling } from './telling.ts';
import { crash, outage } from './trouble.ts';

/** The told scenario, chapter by chapter. With `drift` it ends by changing nights at the platforms, which nothing heals. */
export async function tellStory(
  telling: Telling,
  options: { readonly drift: boolean },
): Promise<Summary> {
  for (const chapter of [
    furnish,
    goLive,
    directBooking,
    airbnbBooking,
    bookingComBooking,
    changes,
    outage,
    crash,
  ]) {
    await chapter(telling);
  }
  telling.narrator.chapter('9. Is every calendar what the PMS means?');
  await telling.parity();
  if (options.drift) {
    injectDrift(telling);
    telling.narrator.say(
      'two nights were changed on the channels behind our back; nothing heals them',
    );
  }
  const summary = await summarise(telling);
  telling.narrator.say(
    summary.parity
      ? 'yes: every night, price and restriction of every channel'
      : `no: ${summary.differences} differences`,
  );
  return summary;
}
