import type { PropertyId } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Transaction } from '../database.ts';
import { sqlStateOf } from '../postgres-errors.ts';

/** Raises the counter of a property and holds it until the end of the transaction. */
export async function nextSequence(tx: Transaction, propertyId: PropertyId): Promise<number> {
  const [row] = await tx.query<{ sequence: number }>(
    'SELECT parity_next_sequence($1) AS sequence',
    [propertyId],
  );
  if (row === undefined) throw new Error('parity_next_sequence gave no row');
  return row.sequence;
}

/** SQLSTATE that parity_next_sequence raises for a property that the tenant does not have. */
const UNKNOWN_PROPERTY = 'PT002';

export function asUnknownProperty(error: unknown): unknown {
  return sqlStateOf(error) === UNKNOWN_PROPERTY
    ? new ParityError('EVENT_VALUE_INVALID', 'The tenant has no such property', { cause: error })
    : error;
}
