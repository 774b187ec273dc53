import type { BookingId } from '../../schemas/domain/ids.ts';
import type {
  BookingRegister,
  ChannelSide,
  LeftNights,
  PmsSide,
} from '../../schemas/generated/types.ts';
import { union, without } from './nights.ts';

export function emptyBooking(bookingId: BookingId): BookingRegister {
  return { booking_id: bookingId, pms: null, channel: null, left: [] };
}

/** The register with what the PMS says; the same object when it knows something as new. */
export function withPmsSide(register: BookingRegister, side: PmsSide): BookingRegister {
  if (register.pms && register.pms.sequence >= side.sequence) return register;
  return { ...register, pms: side };
}

/**
 * The register with what the channel of origin says; the same object when that changes nothing.
 *
 * `left` must not depend on the order of arrival, and an older fact may come last. So it is defined by the set of facts alone: every
 * night that some fact named and the newest does not hold, under the sequence of the newest. A later revision thus raises the sequence of
 * nights that were left before it; delivery then sends them once more, which changes nothing.
 */
export function withChannelSide(register: BookingRegister, side: ChannelSide): BookingRegister {
  const known = register.channel;
  if (known && known.sequence === side.sequence) return register;
  const newest = known && known.sequence > side.sequence ? known : side;
  const left = nightsLeft(known ? [...register.left, heldBy(known)] : register.left, side, newest);
  if (newest === known && sameNights(register.left, left)) return register;
  return { ...register, channel: newest, left };
}

interface HeldNights {
  readonly start: LeftNights['start'];
  readonly end: LeftNights['end'];
  readonly connection_id: ChannelSide['connection_id'];
}

function heldBy(side: ChannelSide): HeldNights {
  return { start: side.check_in, end: side.check_out, connection_id: side.connection_id };
}

function nightsLeft(
  named: readonly HeldNights[],
  side: ChannelSide,
  newest: ChannelSide,
): LeftNights[] {
  const all = [...named, heldBy(side)];
  const connections = [...new Set(all.map((nights) => nights.connection_id))].sort();
  return connections.flatMap((connectionId) => {
    const ever = union(all.filter((nights) => nights.connection_id === connectionId));
    const holds = newest.live && newest.connection_id === connectionId;
    const gone = holds ? without(ever, heldBy(newest)) : ever;
    return gone.map((range) => ({
      ...range,
      sequence: newest.sequence,
      connection_id: connectionId,
    }));
  });
}

function sameNights(a: readonly LeftNights[], b: readonly LeftNights[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i];
      return (
        other !== undefined &&
        one.start === other.start &&
        one.end === other.end &&
        one.sequence === other.sequence &&
        one.connection_id === other.connection_id
      );
    })
  );
}
