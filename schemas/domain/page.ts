import type { PlainMonth } from './plain-date.ts';

/** Name of the page of a connection that holds for no night: its content. */
export const ABOUT = 'about';

/** Names a page of a connection: a month of its calendar, or its content. */
export type PageName = PlainMonth | typeof ABOUT;

/** `ABOUT` in the place of a month in the value of a page. That page has no columns, so no date is ever made of it. */
export const MONTH_OF_ABOUT = ABOUT as string as PlainMonth;

/** What stands behind the connection in the key of a page. */
export function pageNameOf(key: string): PageName {
  return key.slice(key.lastIndexOf('/') + 1) as PageName;
}
