import type { ContentPart } from '../../../connectors/content.ts';
import type { AcknowledgedCalendar } from '../calendar/calendar.ts';
import type { CellChange, Unsendable } from '../calendar/cell-name.ts';
import { contentCell, isContent } from '../calendar/cell-name.ts';
import type { DiffContext, Lane, PageDiff } from './diff.ts';
import { lanesOf } from './diff.ts';
import { judge, shows } from './judgement.ts';

/**
 * Where the content of a connection stands, at a channel that takes nothing before it:
 *
 * | standing | the channel has | the one that is wanted |
 * |---|---|---|
 * | current  | the one that is wanted; or it does not ask for any | |
 * | outdated | another one | is due or out |
 * | stuck    | another one | waits for people: refused, incomplete, not let out by the phase |
 * | awaited  | none | is due or out |
 * | missing  | none | waits for people, or is not known |
 */
export type ContentStanding = 'current' | 'outdated' | 'stuck' | 'awaited' | 'missing';

type Context = Pick<DiffContext, 'manifest' | 'connection'>;

/** A channel that once put a night on sale for us must have had the content, whoever gave it. */
export function contentStanding(
  parts: readonly ContentPart[],
  calendar: AcknowledgedCalendar,
  { manifest, connection }: Context,
): ContentStanding {
  if (manifest.content !== 'first') return 'current';
  const all = parts.map((part) => ({ part, cell: calendar.cell(contentCell(part.field)) }));
  if (all.length > 0 && all.every(({ part, cell }) => shows(cell, part.version, 0)))
    return 'current';
  const isKnown = all.length > 0 && all.every(({ cell }) => cell.opened_at !== null);
  const isStuck =
    all.length === 0 ||
    !lanesOf(connection.phase).includes('content') ||
    all.some(({ part, cell }) => cell.state === 'rejected' && cell.value === part.version);
  if (isKnown || calendar.hasOpened()) return isStuck ? 'stuck' : 'outdated';
  return isStuck ? 'missing' : 'awaited';
}

/** Whether a lane may be used. Openings wait for the content that is wanted; before there is any, all else waits too. */
export function gateOf(standing: ContentStanding, lane: Lane): 'open' | 'waiting' | 'parked' {
  switch (standing) {
    case 'current':
      return 'open';
    case 'outdated':
      return lane === 'opening' ? 'waiting' : 'open';
    case 'stuck':
      return lane === 'opening' ? 'parked' : 'open';
    case 'awaited':
      return 'waiting';
    case 'missing':
      return 'parked';
  }
}

/** The difference between the content that is wanted and the one that the channel has. */
export function diffContent(
  parts: readonly ContentPart[],
  calendar: AcknowledgedCalendar,
  { connection }: Context,
): PageDiff {
  const isAllowed = lanesOf(connection.phase).includes('content');
  const due: PageDiff['due'][number][] = [];
  let waiting = 0;
  let parked = 0;
  let refused = 0;
  for (const { field, version } of parts) {
    const name = contentCell(field);
    const wish = { value: version, basis: 0, impliedAt: null, closing: false };
    const cell = calendar.cell(name);
    const verdict = judge(cell, wish);
    if (cell.state === 'rejected' && cell.value === version) refused++;
    if (verdict === 'waiting') waiting++;
    else if (verdict === 'parked' || (verdict === 'due' && !isAllowed)) parked++;
    else if (verdict === 'due') due.push({ ...name, value: version, lane: 'content', needs: [] });
  }
  return { due, waiting, parked, refused, retried: 0 };
}

/** Parts that cannot be told yet, with what is missing for it. */
export function incompleteAmong(
  due: readonly CellChange[],
  parts: readonly ContentPart[],
): readonly Unsendable[] {
  return due.filter(isContent).flatMap((change) => {
    const missing = parts.find(({ field }) => field === change.field)?.missing ?? [];
    if (missing.length === 0) return [];
    const advice = `the channel needs ${missing.join(', ')}`;
    return [{ change, code: 'CONTENT_INCOMPLETE', advice }];
  });
}
