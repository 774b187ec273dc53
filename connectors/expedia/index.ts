import type { Connector } from '../contract.ts';
import { expediaInbound } from './inbound.ts';
import { interpretExpedia } from './interpret.ts';
import { expediaManifest } from './manifest.ts';
import { planExpedia } from './plan.ts';
import { parseReadBackExpedia, readBackExpedia } from './read-back.ts';

export const expediaConnector: Connector = {
  manifest: expediaManifest,
  plan: planExpedia,
  interpret: interpretExpedia,
  inbound: expediaInbound,
  readBack: readBackExpedia,
  parseReadBack: parseReadBackExpedia,
};
