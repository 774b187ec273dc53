import type { EventRecord } from '../../runtime/stage.ts';
import { ParityError } from '../../schemas/errors.ts';
import { factOf } from '../../schemas/pms-event.ts';

/**
 * What is wrong with an event by itself; the runner dead-letters it with the code before the fold sees it. What depends on other events (a
 * property not known yet, a price in another currency) is not wrong.
 * @returns EVENT_WITHOUT_SEQUENCE, EVENT_TYPE_MISMATCH, EVENT_KEY_MISMATCH, EVENT_DATES_INVALID or EVENT_VALUE_INVALID; null: valid.
 */
export function validateEvent(record: EventRecord): ParityError | null {
  if (record.topic !== 'pms.events') return null;
  try {
    factOf(record.value, record.key);
    return null;
  } catch (error) {
    if (error instanceof ParityError) return error;
    throw error;
  }
}
