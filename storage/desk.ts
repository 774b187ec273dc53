import type { Environment } from '../runtime/ports.ts';
import { type DeskPorts, deskEvent } from './desk/event.ts';
import { nightsDesk } from './desk/nights.ts';
import { describedProperty } from './desk/property.ts';
import { staysDesk } from './desk/stays.ts';
import type { DeskTransactions } from './desk/transaction.ts';
import type { PmsDesk } from './ports/pms-desk.ts';

/** The desk over the transactions of either implementation. */
export function createDesk(
  transactions: DeskTransactions,
  { clock, random }: Pick<Environment, 'clock' | 'random'>,
): PmsDesk {
  const ports = { transactions, clock, random };
  return { ...registration(ports), ...staysDesk(ports), ...nightsDesk(ports) };
}

function registration(ports: DeskPorts): Pick<PmsDesk, 'registerTenant' | 'registerProperty'> {
  const { transactions } = ports;
  return {
    registerTenant: (tenantId, name) => transactions.run(tenantId, (tx) => tx.saveTenant(name)),

    registerProperty: (tenantId, property, context) =>
      transactions.run(tenantId, async (tx) => {
        await tx.saveProperty(property);
        const propertyId = property.id;
        const sequence = await tx.nextSequence(propertyId);
        const payload = { 'parity.pms.PropertyUpdated': describedProperty(property) };
        const fact = { tenantId, propertyId, type: 'property.updated', payload, context };
        await tx.append([deskEvent(ports, fact, sequence)]);
      }),
  };
}
