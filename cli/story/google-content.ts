import { googleAuthenticator } from '../../connectors/google/auth.ts';
import { propertyData } from '../../connectors/google/property-data.ts';
import { simRequest } from '../../simulators/index.ts';
import { SALES } from './home.ts';
import type { Telling } from './telling.ts';

const text = (english: string) => [{ language: 'en', text: english }];

/**
 * BY HAND, FOR NOW: Google takes no price before it knows the room and its packages, and delivery does not send content yet. This is the only place
 * of the story that speaks to a platform in Parity's stead; it goes when delivery sends property data.
 */
export async function sendPropertyData(telling: Telling): Promise<void> {
  const { platform } = telling.world.google;
  const { listing, ratePlanId, accountId } = SALES.google;
  const { method, path, headers, body } = propertyData(
    [
      {
        propertyId: listing,
        roomId: null,
        name: text('Haus am See'),
        description: [],
        guests: 4,
        packages: [
          {
            ratePlanId,
            name: text('Flexible'),
            description: [],
            guests: null,
            freeCancellationDays: 14,
          },
        ],
      },
    ],
    'overlay',
    Date.now(),
  );
  const secrets = { clientId: accountId, clientSecret: null, refreshToken: null };
  const { sign } = googleAuthenticator.authorise(secrets);
  await platform.handle(simRequest(method, path, headers, sign?.(body ?? '')));
}
