import type { Connector } from '../contract.ts';
import { googleInbound, parseReadBackGoogle, readBackGoogle } from './absent.ts';
import { googleContent } from './content.ts';
import { interpretGoogle } from './interpret.ts';
import { googleManifest } from './manifest.ts';
import { planGoogle } from './plan.ts';

export const googleConnector: Connector = {
  manifest: googleManifest,
  plan: planGoogle,
  interpret: interpretGoogle,
  content: googleContent,
  inbound: googleInbound,
  readBack: readBackGoogle,
  parseReadBack: parseReadBackGoogle,
};
