import { z } from 'zod';
import type {
  ChannelType,
  ConnectionId,
  PropertyId,
  RatePlanId,
  TenantId,
} from '../schemas/domain/ids.ts';
import { ParityError } from '../schemas/errors.ts';
import type { ConnectionRow } from '../storage/ports/connections.ts';
import type { Services } from './services.ts';

const ratePlan = z.strictObject({
  id: z.string().min(1),
  /** `+10%`, `-5%`, `+12.50`: percent, or an amount of the currency. */
  adjustment: z
    .string()
    .regex(/^[+-]\d{1,6}(\.\d{1,2})?%?$/)
    .nullable()
    .default(null),
});

const SEED = z.strictObject({
  tenant_id: z.uuid(),
  credentials: z
    .array(
      z.strictObject({
        id: z.uuid(),
        channel: z.string(),
        shared: z.boolean().default(false),
        client_id: z.string().nullable().default(null),
        client_secret: z.string().nullable().default(null),
        refresh_token: z.string().nullable().default(null),
      }),
    )
    .default([]),
  connections: z.array(
    z.strictObject({
      id: z.uuid(),
      property_id: z.uuid(),
      channel: z.string(),
      listing: z.string().min(1),
      room_id: z.string().nullable().default(null),
      account: z.string().nullable().default(null),
      currency: z.string().length(3).nullable().default(null),
      rate_plans: z.array(ratePlan).min(1),
      credential_id: z.uuid().nullable().default(null),
      webhook_secret: z.string().min(16).nullable().default(null),
      phase: z.enum(['pending', 'importing', 'preview', 'active']).default('pending'),
    }),
  ),
});

type Seed = z.output<typeof SEED>;
type SeedConnection = Seed['connections'][number];

/** @throws ParityError CONFIG_INVALID with every problem of the file at once. */
export function parseSeed(text: string, path: string): Seed {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ParityError('CONFIG_INVALID', `${path} is not JSON`, { cause });
  }
  const parsed = SEED.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path: at, message }) => `${at.join('.') || 'file'}: ${message}`,
  );
  throw new ParityError('CONFIG_INVALID', `${path}: ${problems.join('; ')}`);
}

/**
 * Creates what a seed names and is not there, and takes each connection forward as far as its `phase` says; never back. Repeatable.
 * `active` and `preview` go past the import without waiting for it: for homes whose reservations are already in the PMS.
 * @throws ParityError LISTING_TAKEN, CONNECTION_STATE_INVALID, CONFIG_INVALID
 */
export async function applySeed(services: Services, seed: Seed): Promise<ConnectionRow[]> {
  const tenant = seed.tenant_id as TenantId;
  for (const credential of seed.credentials) {
    if ((await services.storage.credentials.read(credential.id)) !== null) continue;
    await services.credentials.create({
      id: credential.id,
      tenantId: credential.shared ? null : tenant,
      channel: credential.channel as ChannelType,
      clientId: credential.client_id,
      clientSecret: credential.client_secret,
      refreshToken: credential.refresh_token,
    });
  }
  const rows: ConnectionRow[] = [];
  for (const connection of seed.connections)
    rows.push(await applyConnection(services, tenant, connection));
  return rows;
}

async function applyConnection(
  services: Services,
  tenant: TenantId,
  wanted: SeedConnection,
): Promise<ConnectionRow> {
  const { connections, webhookSecrets, storage } = services;
  const id = wanted.id as ConnectionId;
  const present = await storage.connections.get(tenant, id);
  let row = present ?? (await connections.create(tenant, draftOf(wanted)));
  if (wanted.webhook_secret) await webhookSecrets.set(tenant, id, wanted.webhook_secret);
  const forward = {
    pending: 'startImport',
    importing: 'finishImport',
    preview: 'activate',
  } as const;
  const order = ['pending', 'importing', 'preview', 'active'] as const;
  const target = order.indexOf(wanted.phase);
  for (;;) {
    const at = (order as readonly string[]).indexOf(row.phase);
    if (at < 0 || at >= target) return row;
    const step = forward[row.phase as keyof typeof forward];
    row = await connections[step](tenant, id);
  }
}

function draftOf(wanted: SeedConnection) {
  return {
    id: wanted.id as ConnectionId,
    propertyId: wanted.property_id as PropertyId,
    channel: wanted.channel as ChannelType,
    listing: wanted.listing,
    roomId: wanted.room_id,
    channelAccountId: wanted.account,
    currency: wanted.currency,
    credentialId: wanted.credential_id,
    ratePlans: wanted.rate_plans.map(({ id, adjustment }) => ({
      rate_plan_id: id as RatePlanId,
      adjustment: adjustment === null ? null : adjustmentOf(adjustment),
    })),
  };
}

function adjustmentOf(text: string) {
  const percent = text.endsWith('%');
  const hundredths = Math.round(Number(percent ? text.slice(0, -1) : text) * 100);
  return { kind: percent ? ('percentage' as const) : ('fixed' as const), hundredths };
}
