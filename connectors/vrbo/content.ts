import type { Connection } from '../../schemas/generated/types.ts';
import { xml } from '../xml.ts';
import { document, leaf, unitIds, unitOf } from './wire.ts';

/**
 * Policies of a unit, as far as they follow from how Parity works: bookings are confirmed at once, and the price of a quote holds. Everything
 * else (cancellation, house rules, occupancy, payment) is the owner's and stands in the defaults of the advertiser at the platform.
 */
export function configurationDocument(connection: Connection): string {
  const configuration = xml('lodgingConfiguration', {}, [
    xml('bookingPolicy', {}, [leaf('policy', 'INSTANT')]),
    xml('pricingPolicy', {}, [leaf('policy', 'GUARANTEED')]),
  ]);
  return document(xml('lodgingConfigurationContent', {}, [...unitIds(connection), configuration]));
}

/** The listing and its unit by their ids and currency. Texts, photos and amenities are not known here. */
export function listingDocument(connection: Connection, currency: string): string {
  const unit = xml('unit', {}, [
    leaf('externalId', unitOf(connection)),
    xml('unitMonetaryInformation', {}, [leaf('currency', currency)]),
  ]);
  return document(
    xml('listing', {}, [leaf('externalId', connection.listing), xml('units', {}, [unit])]),
  );
}
