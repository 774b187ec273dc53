import type { Connector } from '../contract.ts';
import { airbnbInbound } from './inbound.ts';
import { interpretAirbnb } from './interpret.ts';
import { airbnbManifest } from './manifest.ts';
import { planAirbnb } from './plan.ts';
import { parseReadBackAirbnb, readBackAirbnb } from './read-back.ts';

export const airbnbConnector: Connector = {
  manifest: airbnbManifest,
  plan: planAirbnb,
  interpret: interpretAirbnb,
  inbound: airbnbInbound,
  readBack: readBackAirbnb,
  parseReadBack: parseReadBackAirbnb,
};
