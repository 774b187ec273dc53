/** A message of a feed that names a reservation but cannot be read. The others of the same answer are not held up by it. */
export interface UnreadableReservation {
  readonly reservationId: string | null;
  /** As in `ParsedReservation`. */
  readonly messageKind: string | null;
  /** What is wrong, without guest data. */
  readonly message: string;
}
