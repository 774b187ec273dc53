import { ParityError } from '../../schemas/errors.ts';
import type { Connector } from '../contract.ts';
import { vrboContent } from './content.ts';
import { vrboDocuments } from './documents.ts';
import { vrboInbound } from './inbound.ts';
import { vrboManifest } from './manifest.ts';
import { planVrbo } from './plan.ts';

/** One platform under two names: the documents are the same. */
function connectorFor(channel: 'vrbo' | 'fewo_direkt'): Connector {
  const manifest = vrboManifest(channel);
  return {
    manifest,
    plan: (connection, changes, context) => planVrbo(manifest, connection, changes, context),
    interpret: () => noRequests(),
    documents: vrboDocuments,
    content: vrboContent,
    inbound: vrboInbound,
    readBack: () => noRequests(),
    parseReadBack: () => noRequests(),
  };
}

export const vrboConnector = connectorFor('vrbo');
export const fewoDirektConnector = connectorFor('fewo_direkt');

function noRequests(): never {
  throw new ParityError('CONNECTION_UNSUPPORTED', 'the platform fetches; it takes no requests');
}
