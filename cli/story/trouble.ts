import { FAILURES_TO_OPEN } from '../../processors/delivery/permission/breaker.ts';
import { bookDirectly, everywhere } from './everyday.ts';
import { CURRENCY, PROPERTY, SALES, TENANT } from './home.ts';
import type { Telling } from './telling.ts';

/** Price changes around the crash, and after how many it comes. */
const PRICES = 30;
const KILLED_AFTER = 12;

/** One channel fails: its breaker opens, the other is unaffected, and it catches up by itself. */
export async function outage(telling: Telling): Promise<void> {
  telling.narrator.chapter('Airbnb fails, the others do not');
  const { platform } = telling.world.airbnb;
  const fault = platform.faults.arm({
    kind: 'fail',
    status: 503,
    on: 'write',
    target: SALES.airbnb.listing,
    times: null,
  });
  const failedBefore = platform.report().byStatus['503'] ?? 0;
  const nights = telling.nights(70, 73);
  await bookDirectly(telling, nights);
  const since = Date.now();
  const took = await telling.closedSince(SALES.booking, nights, since);
  telling.narrator.say(
    `Airbnb answers 503 to every write; a direct booking is closed on Booking.com after ${took} ms all the same`,
  );
  telling.narrator.say('retries after 2, 4, 8 and 16 s; this takes up to 45 s ...');
  await telling.until(
    'the breaker opens',
    () => (platform.report().byStatus['503'] ?? 0) - failedBefore >= FAILURES_TO_OPEN,
    90_000,
  );
  telling.narrator.say(
    `${FAILURES_TO_OPEN} failures in a row: the breaker of this connection is open. Airbnb is well again, but is left in peace for 60 s ...`,
  );
  platform.faults.clear(fault);
  await telling.sellable(SALES.airbnb, nights, false, 120_000);
  telling.narrator.say('the probe succeeded, and Airbnb got what its calendar should be by now');
  await telling.parity();
}

/** The pipeline is killed in the middle of a burst, which goes on meanwhile, and is started again. */
export async function crash(telling: Telling): Promise<void> {
  telling.narrator.chapter('The pipeline is killed');
  const { services, pipeline, stack } = telling.world;
  const requestsBefore = telling.requests();
  let restarted: Promise<void> = Promise.resolve();
  for (let day = 0; day < PRICES; day++) {
    const night = telling.nights(220 + day, 221 + day);
    await services.storage.desk.price(TENANT, PROPERTY, night, CURRENCY, 15_000 + 100 * day);
    if (day === KILLED_AFTER) restarted = pipeline.crash();
  }
  await restarted;
  telling.narrator.say(
    stack.kind === 'memory'
      ? `cut off from the log in the middle of ${PRICES} price changes, and built anew over the living log: in memory nothing can be killed`
      : `killed with -9 in the middle of ${PRICES} price changes, and started again`,
  );
  const nights = telling.nights(300, 304);
  await bookDirectly(telling, nights);
  await Promise.all(everywhere().map((sale) => telling.sellable(sale, nights, false)));
  await telling.parity();
  telling.narrator.say(
    `nothing is lost: every calendar is right after ${telling.requests() - requestsBefore} more requests`,
  );
}
