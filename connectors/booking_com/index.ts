import type { Connector } from '../contract.ts';
import { bookingInbound } from './inbound.ts';
import { interpretBooking } from './interpret.ts';
import { bookingManifest } from './manifest.ts';
import { planBooking } from './plan.ts';
import { parseReadBackBooking, readBackBooking } from './read-back.ts';

export const bookingConnector: Connector = {
  manifest: bookingManifest,
  plan: planBooking,
  interpret: interpretBooking,
  inbound: bookingInbound,
  readBack: readBackBooking,
  parseReadBack: parseReadBackBooking,
};
