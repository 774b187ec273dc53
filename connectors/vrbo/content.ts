import type { Connection, DesiredContent } from '../../schemas/generated/types.ts';
import type { ContentCodec, ContentField, ContentPart } from '../content.ts';
import { versionOf } from '../content.ts';
import { configurationDocument, missingInConfiguration } from './configuration.ts';
import { listingDocument, missingInListing } from './listing.ts';

export const LISTING: ContentField = 'content/listing';
export const CONFIGURATION: ContentField = 'content/configuration';

type Render = (connection: Connection, content: DesiredContent) => string;

/** Two documents are content alone. Fees and taxes stand in the rates, which come and go with the prices. */
export const vrboContent: ContentCodec = {
  parts: (connection, content) => {
    const part = (field: ContentField, missing: readonly string[], render: Render): ContentPart => {
      const text = missing.length > 0 ? missing.join('\n') : render(connection, content);
      return { field, version: versionOf(text), missing };
    };
    return [
      part(CONFIGURATION, missingInConfiguration(content), configurationDocument),
      part(LISTING, missingInListing(content), listingDocument),
    ];
  },
};
