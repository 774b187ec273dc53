import { bookDirectly, both } from './everyday.ts';
import { CURRENCY, PROPERTY, SALES, TENANT } from './home.ts';
import type { Telling } from './telling.ts';
import { until } from './until.ts';

/** Failures in a row that open the breaker. */
const FAILURES_TO_OPEN = 5;

/** One channel fails: its breaker opens, the other is unaffected, and it catches up by itself. */
export async function outage(telling: Telling): Promise<void> {
  telling.narrator.chapter('7. Airbnb fails');
  const { platform } = telling.world.airbnb;
  const fault = platform.faults.arm({ kind: 'fail', status: 503, on: 'write', times: null });
  const failedBefore = platform.report().byStatus['503'] ?? 0;
  const nights = telling.nights(70, 73);
  await bookDirectly(telling, nights);
  const since = Date.now();
  const took = await telling.closedSince(SALES.booking, nights, since);
  telling.narrator.say(
    `a direct booking closes on Booking.com after ${took} ms all the same; Airbnb answers 503`,
  );
  await until(
    'the breaker opens',
    () => (platform.report().byStatus['503'] ?? 0) - failedBefore >= FAILURES_TO_OPEN,
    90_000,
  );
  telling.narrator.say(
    `${FAILURES_TO_OPEN} failures in a row: the breaker of this connection is open for 60 s`,
  );
  platform.faults.clear(fault);
  await telling.sellable(SALES.airbnb, nights, false, 120_000);
  telling.narrator.say('Airbnb is back: the probe succeeded and its calendar caught up');
  await telling.parity();
}

/** The pipeline is killed in the middle of a burst and started again. */
export async function crash(telling: Telling): Promise<void> {
  telling.narrator.chapter('8. The pipeline is killed');
  const { desk } = telling.world.services.storage;
  const requestsBefore = requests(telling);
  for (let day = 0; day < 30; day++) {
    await desk.price(
      TENANT,
      PROPERTY,
      telling.nights(220 + day, 221 + day),
      CURRENCY,
      15_000 + 100 * day,
    );
    if (day === 12) await telling.world.pipeline.crash();
  }
  const nights = telling.nights(300, 304);
  await bookDirectly(telling, nights);
  await Promise.all(both().map((sale) => telling.sellable(sale, nights, false)));
  await telling.parity();
  telling.narrator.say(
    `killed without a word, started again: nothing lost, parity after ${requests(telling) - requestsBefore} more requests`,
  );
}

function requests(telling: Telling): number {
  return (
    telling.world.airbnb.platform.report().requests +
    telling.world.booking.platform.report().requests
  );
}
