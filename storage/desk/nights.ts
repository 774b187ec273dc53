import type { PmsDesk } from '../ports/pms-desk.ts';
import { type DeskFact, type DeskPorts, deskEvent } from './event.ts';
import type { DeskTransaction } from './transaction.ts';

/** What the desk does to the nights of a property: each change raises the counter, changes rows and is one event. */
export function nightsDesk(ports: DeskPorts): Pick<PmsDesk, 'block' | 'price' | 'restrict'> {
  return {
    block: (tenantId, propertyId, nights, blocked, context) => {
      const payload = {
        'parity.pms.AvailabilityUpdated': {
          property_id: propertyId,
          date_range: nights,
          available: !blocked,
          block_id: null,
          expires_at: null,
          reason: null,
        },
      };
      const fact = { tenantId, propertyId, type: 'availability.updated', payload, context };
      return record(ports, fact, (tx) => tx.setBlocked(propertyId, nights, blocked));
    },

    price: (tenantId, propertyId, nights, currency, amount, context) => {
      const payload = {
        'parity.pms.PricingUpdated': {
          property_id: propertyId,
          date_range: nights,
          currency,
          new_prices: amount === null ? [] : [{ ...nights, amount }],
        },
      };
      const fact = { tenantId, propertyId, type: 'pricing.updated', payload, context };
      return record(ports, fact, (tx) => tx.setPrice(propertyId, nights, currency, amount));
    },

    restrict: (tenantId, propertyId, nights, restrictions, context) => {
      const payload = {
        'parity.pms.RestrictionsUpdated': {
          property_id: propertyId,
          date_range: nights,
          restrictions,
        },
      };
      const fact = { tenantId, propertyId, type: 'restrictions.updated', payload, context };
      return record(ports, fact, (tx) => tx.setRestrictions(propertyId, nights, restrictions));
    },
  };
}

function record(
  ports: DeskPorts,
  fact: DeskFact,
  change: (tx: DeskTransaction) => Promise<void>,
): Promise<void> {
  return ports.transactions.run(fact.tenantId, async (tx) => {
    const sequence = await tx.nextSequence(fact.propertyId);
    await change(tx);
    await tx.append([deskEvent(ports, fact, sequence)]);
  });
}
