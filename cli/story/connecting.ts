import { connectorOf } from '../../connectors/registry.ts';
import type { Sale } from './home.ts';
import { CURRENCY, TENANT } from './home.ts';
import type { Telling } from './telling.ts';

/** Invented secret of the simulated platforms' webhooks. */
const WEBHOOK_SECRET = 'simulated-webhook-secret';

/** pending → importing → preview: what the channel has booked is read in; only closings leave. */
export async function connect(telling: Telling, sale: Sale): Promise<void> {
  const { connections, webhookSecrets } = telling.world.services;
  await connections.create(TENANT, {
    id: sale.connectionId,
    propertyId: sale.property,
    channel: sale.channel,
    listing: sale.listing,
    roomId: sale.roomId,
    channelAccountId: sale.accountId,
    ratePlans: [{ rate_plan_id: sale.ratePlanId, adjustment: sale.adjustment }],
    currency: CURRENCY,
    credentialId: sale.credentialId,
  });
  await webhookSecrets.set(TENANT, sale.connectionId, WEBHOOK_SECRET);
  const url = `${telling.world.pipeline.addresses.ingressUrl}/webhooks/${sale.channel}/${sale.connectionId}`;
  telling.platformOf(sale).webhooks.subscribe({ scope: sale.listing, url, secret: WEBHOOK_SECRET });
  await connections.startImport(TENANT, sale.connectionId);
  if (!asks(sale)) {
    await connections.finishImport(TENANT, sale.connectionId);
    return;
  }
  await telling.until(`the import of ${sale.channel} ${sale.listing}`, async () => {
    const rows = await telling.rows(
      "SELECT 1 FROM channel_sync_logs WHERE channel_connection_id = $1 AND sync_type = 'booking_import' AND status = 'success'",
      [sale.connectionId],
    );
    return rows.length > 0;
  });
  await connections.finishImport(TENANT, sale.connectionId);
}

/** Whether its bookings are asked for; elsewhere there is nothing to wait for. */
function asks({ channel }: Sale): boolean {
  return (connectorOf(channel)?.inbound.feeds.length ?? 0) > 0;
}

/** preview → active: openings and prices leave too. */
export async function activate(telling: Telling, sale: Sale): Promise<void> {
  await telling.world.services.connections.activate(TENANT, sale.connectionId);
}
