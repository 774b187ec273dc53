import type { ChannelRequest } from '../contract.ts';
import { xml } from '../notation/xml.ts';
import { DOCUMENT_VERSION, document, leaf, XML_TYPE } from './wire.ts';

/**
 * Says that documents of an advertiser have changed. Integrators report that the platform takes such a push and comes within minutes; neither address nor
 * form are public, so this is a guess [I] that goes to a configured address only (`hint` in PARITY_CHANNEL_URLS).
 */
export function contentHint(advertiser: string, kinds: readonly string[]): ChannelRequest | null {
  if (kinds.length === 0) return null;
  const content = [
    leaf('documentVersion', DOCUMENT_VERSION),
    xml('advertiser', {}, [
      leaf('assignedId', advertiser),
      ...kinds.map((kind) => leaf('contentType', kind)),
    ]),
  ];
  return {
    endpoint: 'push_hint',
    method: 'POST',
    host: 'hint',
    path: '/contentChanged',
    headers: { 'content-type': XML_TYPE },
    body: document(xml('contentChangeNotification', {}, content)),
  };
}
