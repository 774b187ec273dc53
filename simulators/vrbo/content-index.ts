import { childrenOf, readXml, textOf, type XmlNode } from '../xml.ts';
import { FEEDS, type FeedName, RuleBroken } from './settings.ts';

/** One entry of an index. */
export interface IndexedDocument {
  readonly advertiser: string;
  readonly listing: string;
  /** Null: the index is one of listings. */
  readonly unit: string | null;
  /** ms since the epoch. */
  readonly state: number;
  readonly url: string;
}

/** @throws RuleBroken: an index is taken whole or not at all */
export function readIndex(feed: FeedName, body: string): IndexedDocument[] {
  const shape = FEEDS[feed];
  const document = readXml(body);
  if (!document) throw new RuleBroken('malformed_xml', `the index of ${feed}`);
  if (document.root !== shape.root) throw new RuleBroken('index_invalid', `<${document.root}>`);
  if (!textOf(document.element, 'documentVersion'))
    throw new RuleBroken('index_invalid', 'documentVersion is missing');
  const found = childrenOf(document.element, 'advertiser').flatMap((advertiser) => {
    const id = required(advertiser, 'assignedId');
    return childrenOf(advertiser, shape.entry).map((entry) => readEntry(feed, id, entry));
  });
  const keys = found.map(({ listing, unit }) => `${listing}/${unit ?? ''}`);
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) throw new RuleBroken('duplicate_entry', twice);
  return found;
}

function readEntry(feed: FeedName, advertiser: string, entry: XmlNode): IndexedDocument {
  const url = required(entry, FEEDS[feed].url);
  if (!/^https?:\/\/[^/]+\//.test(url)) throw new RuleBroken('index_invalid', `"${url}" is no URL`);
  const written = required(entry, 'lastUpdatedDate');
  const state = Date.parse(written);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(written) || Number.isNaN(state))
    throw new RuleBroken('state_invalid', written);
  return {
    advertiser,
    listing: required(entry, 'listingExternalId'),
    unit: feed === 'listing' ? null : required(entry, 'unitExternalId'),
    state,
    url,
  };
}

function required(node: XmlNode, name: string): string {
  const text = textOf(node, name);
  if (!text) throw new RuleBroken('index_invalid', `${name} is missing`);
  return text;
}
