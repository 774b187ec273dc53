import type { Environment } from '../../../runtime/ports.ts';
import type { Output } from '../../../runtime/stage.ts';
import type { RatePlanId } from '../../../schemas/domain/ids.ts';
import { addDays } from '../../../schemas/domain/plain-date.ts';
import type { CellReference, Connection } from '../../../schemas/generated/types.ts';
import type { CellName, NightCell } from '../calendar/cell-name.ts';
import { cellKey, isContent, nightsAmong } from '../calendar/cell-name.ts';

/** An unconditional recheck of cells whose requests were out when the lease ended. */
export function recheckCommand(
  connection: Connection,
  cells: readonly CellName[],
  { clock, random }: Environment,
): Output {
  return {
    topic: 'channel.commands',
    key: connection.connection_id,
    tenantId: connection.tenant_id,
    value: {
      command_id: random.uuid(),
      connection_id: connection.connection_id,
      tenant_id: connection.tenant_id,
      issued_at: clock.now(),
      issued_by: 'delivery',
      command: {
        'parity.events.Recheck': {
          cells: references(nightsAmong(cells)),
          version: null,
          content: cells.some(isContent),
        },
      },
    },
  };
}

/** Cells as ranges of consecutive nights per field. */
function references(cells: readonly NightCell[]): CellReference[] {
  const found: {
    field: NightCell['field'];
    ratePlanId: string | null;
    start: NightCell['night'];
    end: NightCell['night'];
  }[] = [];
  const ordered = [...cells].sort((a, b) => {
    const left = `${a.field} ${a.ratePlanId} ${a.night}`;
    const right = `${b.field} ${b.ratePlanId} ${b.night}`;
    return left < right ? -1 : left > right ? 1 : 0;
  });
  for (const cell of new Map(ordered.map((cell) => [cellKey(cell), cell])).values()) {
    const last = found.at(-1);
    if (
      last &&
      last.field === cell.field &&
      last.ratePlanId === cell.ratePlanId &&
      last.end === cell.night
    )
      last.end = addDays(cell.night, 1);
    else
      found.push({
        field: cell.field,
        ratePlanId: cell.ratePlanId,
        start: cell.night,
        end: addDays(cell.night, 1),
      });
  }
  return found.map(({ field, ratePlanId, start, end }) => ({
    field,
    rate_plan_id: ratePlanId as RatePlanId | null,
    nights: { start, end },
  }));
}
