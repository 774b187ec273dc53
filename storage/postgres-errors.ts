import { ParityError } from '../schemas/errors.ts';

/** SQLSTATE of an error of PostgreSQL, else undefined. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined;
}

/** The constraint or unique index that an error of PostgreSQL names, else undefined. */
export function constraintOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('constraint' in error)) return undefined;
  return typeof error.constraint === 'string' ? error.constraint : undefined;
}

/**
 * Whether the whole transaction may be run again at once: deadlock, serialization failure, or an overlap that another transaction
 * committed first, which the repeat will see.
 */
export function isRepeatable(error: unknown): boolean {
  const state = sqlStateOf(error);
  return (
    state === '40P01' ||
    state === '40001' ||
    (state === '23P01' && constraintOf(error) === 'bookings_no_overlap')
  );
}

const SHUTTING_DOWN = new Set(['57P01', '57P02', '57P03', '53300', '53400']);
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** An error of the driver as one of ours where it has a code of ours, else as it is. */
export function asParityError(error: unknown): unknown {
  if (error instanceof ParityError) return error;
  const state = sqlStateOf(error);
  if (state === 'PT001')
    return new ParityError('TENANT_NOT_SET', 'A query ran without a tenant in its transaction', {
      cause: error,
    });
  if (isUnavailable(error, state))
    return new ParityError(
      'DATABASE_UNAVAILABLE',
      `PostgreSQL is not available: ${messageOf(error)}`,
      { cause: error },
    );
  return error;
}

function isUnavailable(error: unknown, state: string | undefined): boolean {
  if (state !== undefined && (state.startsWith('08') || SHUTTING_DOWN.has(state))) return true;
  if (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    NETWORK.has(String(error.code))
  )
    return true;
  // The driver gives these no code.
  return (
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|not queryable|Client was closed/.test(
      error.message,
    )
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
